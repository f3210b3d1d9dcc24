"""The name map: flat, and matched by what people mean rather than by how they type it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

SET = "select core.set_alias(%s, %s, %s)"


@pytest.mark.parametrize(
    "written", ["사용 중단", " 사용  중단 ", "사용\u200b 중단", "사용\u00a0중단"]
)
def test_alias_matches_however_it_is_spaced(admin: Any, written: str) -> None:
    admin.execute(SET, ["status", "사용 중단", "deprecated"])
    assert admin.execute("select core.standard_name('status', %s)", [written]).fetchone() == (
        "deprecated",
    )


@pytest.mark.parametrize("written", ["ga", "GA", "ＧＡ", "Ga "])
def test_alias_matches_in_any_case_and_width(admin: Any, written: str) -> None:
    admin.execute(SET, ["status", "GA", "stable"])
    assert admin.execute("select core.standard_name('status', %s)", [written]).fetchone() == (
        "stable",
    )


def test_standard_name_has_one_spelling(admin: Any) -> None:
    admin.execute(SET, ["status", "알파", "alpha"])
    assert admin.execute("select core.standard_name('status', ' ALPHA')").fetchone() == ("alpha",)


def test_unknown_name_stays_itself_but_clean(admin: Any) -> None:
    assert admin.execute("select core.standard_name('status', '  베  타 ')").fetchone() == (
        "베 타",
    )
    assert admin.execute("select core.standard_name('status', ' \u200b ')").fetchone() == (None,)


def test_domains_do_not_mix(admin: Any) -> None:
    admin.execute(SET, ["owner", "GA", "General Affairs"])
    assert admin.execute("select core.standard_name('status', 'GA')").fetchone() == ("GA",)


@pytest.mark.parametrize("second", [("b", "c"), ("c", "a"), ("b", "a")])
def test_chains_and_cycles_are_refused(admin: Any, second: tuple[str, str]) -> None:
    admin.execute(SET, ["status", "a", "b"])
    with pytest.raises(psycopg.errors.CheckViolation, match="chain"):
        admin.execute(SET, ["status", *second])


def test_alias_can_be_pointed_elsewhere(admin: Any) -> None:
    admin.execute(SET, ["status", "on", "사용"])
    admin.execute(SET, ["status", "ON", "시행"])
    assert admin.execute("select core.standard_name('status', 'on')").fetchone() == ("시행",)


def test_unknown_domain_is_refused(admin: Any) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="name_map_domain_known"):
        admin.execute(SET, ["colour", "a", "b"])


@pytest.mark.parametrize(
    "text", ["e\u200b\u0301", " \u200b a", "가\u200b나", "a\u00a0\u200b b", ""]
)
def test_cleaning_twice_is_cleaning_once(admin: Any, text: str) -> None:
    for function in ("core.clean", "core.clean_text"):
        (once, twice), *_ = admin.execute(
            f"select {function}(%s), {function}({function}(%s))", [text, text]
        ).fetchall()
        assert once == twice
