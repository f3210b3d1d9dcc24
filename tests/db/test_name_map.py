"""The name map: flat, and matched by what people mean rather than by how they type it."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import pytest

SET = "select core.set_alias(%s, %s, %s)"
REMOVE = "select core.remove_alias(%s, %s)"
INSERT = "insert into core.name_map (domain, alias, standard) values "


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


@pytest.mark.parametrize(
    "statement",
    [
        INSERT + "('status', 'b', 'c')",
        INSERT + "('status', 'x', 'y'), ('status', 'y', 'z')",
        "update core.name_map set standard = 'D' where alias = 'a'",
        "update core.name_map set alias = ' B' where alias = 'd'",
    ],
)
def test_chains_are_refused_by_hand_too(admin: Any, statement: str) -> None:
    admin.execute(INSERT + "('status', 'a', 'b'), ('status', 'd', 'e')")
    with pytest.raises(psycopg.errors.CheckViolation, match="chain"):
        admin.execute(statement)


def test_two_sessions_build_no_chain_together(admin: Any, database: str) -> None:
    raised: list[psycopg.Error] = []

    def point_on() -> None:
        with psycopg.connect(database, autocommit=True) as other:
            try:
                other.execute(SET, ["status", "b", "c"])
            except psycopg.Error as exc:
                raised.append(exc)

    thread = threading.Thread(target=point_on)
    with admin.transaction():
        admin.execute(SET, ["status", "a", "b"])
        thread.start()
        while not is_somebody_waiting(admin) and thread.is_alive():
            time.sleep(0.01)
    thread.join()
    assert [type(exc) for exc in raised] == [psycopg.errors.CheckViolation]


def is_somebody_waiting(admin: psycopg.Connection) -> bool:
    query = "select from pg_locks where locktype = 'advisory' and not granted"
    return admin.execute(query).rowcount > 0


def test_transaction_that_cannot_see_what_others_did_is_refused(admin: Any) -> None:
    admin.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with (
        admin.transaction(),
        pytest.raises(psycopg.errors.FeatureNotSupported, match="repeatable read"),
    ):
        admin.execute(SET, ["status", "a", "b"])


def test_alias_is_removed_however_it_is_spelled(admin: Any) -> None:
    admin.execute(SET, ["status", "Ga", "stable"])
    admin.execute(REMOVE, ["status", " ＧＡ "])
    assert admin.execute("select core.standard_name('status', 'ga')").fetchone() == ("ga",)


@pytest.mark.parametrize(("domain", "alias"), [("owner", "ga"), ("status", "stable"), ("x", "ga")])
def test_alias_that_is_not_there_is_not_removed(admin: Any, domain: str, alias: str) -> None:
    admin.execute(SET, ["status", "ga", "stable"])
    with pytest.raises(psycopg.Error, match=f"no such alias in domain {domain}: {alias}") as caught:
        admin.execute(REMOVE, [domain, alias])
    assert caught.value.sqlstate == "FM404"


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
