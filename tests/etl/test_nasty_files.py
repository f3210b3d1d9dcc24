"""Hostile files: each is synced as it is and yields what its expected.json says."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from etl.declaration import Source
from etl.runs import Run
from etl.sync import sync_source
from fmw.errors import SourceError

NASTY = Path(__file__).resolve().parents[1] / "data" / "nasty"
EXPECTED: dict[str, Any] = json.loads((NASTY / "expected.json").read_text(encoding="utf-8"))
SHEET = {
    "feature_group": "그룹",
    "feature_name": "기능 ID",
    "title": "기능명",
    "status": "기준선/상태",
    "since": "기준선/기준일",
}
GATES = {"feature_name": "기능", "status": "단계", "since": "도입", "description": "설명"}
FLAGS = {"feature_name": "name", "since": "milestone"}


@pytest.fixture
def take(etl: psycopg.Connection, tmp_path: Path) -> Any:
    def take(name: str, **declared: Any) -> Run:
        columns = declared.pop("columns", {"feature_group": "그룹", "feature_name": "기능"})
        return sync_source(
            etl,
            Source(
                name="nasty", path=str(NASTY / name), columns=columns, spool=tmp_path, **declared
            ),
        )

    return take


def features(admin: psycopg.Connection, *columns: str) -> list[Any]:
    query = f"select {', '.join(columns)} from core.features where removed_at is null"
    return admin.execute(f"{query} order by feature_id").fetchall()  # type: ignore[arg-type]


def issues(admin: psycopg.Connection) -> list[tuple[str, str]]:
    return admin.execute("select code, location from ops.run_issues order by issue_id").fetchall()


@pytest.mark.parametrize("name", ["01_merged_headers.xlsx", "02_date1904.xlsx"])
def test_sheet_with_titles_merged_headers_and_groups(take: Any, admin: Any, name: str) -> None:
    run = take(name, kind="xlsx", columns=SHEET, dates=["since"])
    expected = EXPECTED[name]
    rows = features(
        admin, "feature_group", "feature_name", "title", "status", "since", "attributes"
    )
    assert (run.created, run.rejected) == (expected["rows"], 0)
    as_delivered = [
        [
            *("" if cell is None else cell for cell in row),
            *(attributes.get(header, "") for header in expected["columns"][5:]),
        ]
        for *row, attributes in rows
    ]
    for place, key in ((0, "first"), (9, "tenth"), (-1, "last")):
        assert [cell.strip() for cell in as_delivered[place]] == [
            {"": "unknown"}.get(cell, cell) if n == 3 else cell
            for n, cell in enumerate(expected[key])
        ]
    counted = dict(
        admin.execute("select feature_group, count(*) from core.features group by 1").fetchall()
    )
    assert counted == expected["by_group"]
    assert [code for code, _ in issues(admin)] == ["total_row", "footnote"]


def test_stray_cell_costs_nothing(take: Any) -> None:
    began, before = time.monotonic(), psutil.Process().memory_info().rss
    assert take("03_stray_cell.xlsx", kind="xlsx", columns=SHEET, dates=["since"]).created == 40
    assert time.monotonic() - began < 10
    assert psutil.Process().memory_info().rss - before < 300 << 20


def test_names_that_look_alike(take: Any, admin: Any) -> None:
    columns = {"feature_group": "그룹", "feature_name": "기능", "environment": "환경"}
    run = take("04_dupnames.csv", kind="csv", columns=columns)
    expected = EXPECTED["04_dupnames.csv"]["distinct_by_rule"]["nfc_ws_zw"]
    assert run.created == expected["distinct"]
    losers = {line for lines in expected["merged_lines"] for line in lines[:-1]}
    assert {int(place.rpartition(":")[2]) for _, place in issues(admin)} == losers


def test_cp949(take: Any, admin: Any) -> None:
    gates = {**GATES, "feature_group": "단계", "environment": "도입"}
    run = take("05_cp949.csv", kind="csv", columns={**gates, "until": "종료"})
    assert run.read == EXPECTED["05_cp949.csv"]["rows"]
    ((description,),) = admin.execute(
        "select description from core.features where feature_name = '펩시콜라Gate'"
    ).fetchall()
    assert description == EXPECTED["05_cp949.csv"]["last"][-1]


def test_unicode_text_of_excel(take: Any, etl: Any) -> None:
    name = "06_excel_unicode_text.txt"
    run = take(name, kind="csv", columns={**GATES, "feature_group": "단계", "environment": "도입"})
    assert run.read == EXPECTED[name]["rows"]
    staged = [text for (text,) in etl.execute('select "설명" from raw.nasty').fetchall()]
    assert EXPECTED[name]["row4_description"] in staged


def test_values_of_a_csv_with_line_breaks(take: Any, etl: Any) -> None:
    name = "07_bom_crlf_multiline.csv"
    run = take(
        name, kind="csv", columns={"feature_group": "정책 이름", "feature_name": "정책 이름"}
    )
    assert (run.read, run.rejected) == (EXPECTED[name]["rows"], 0)
    staged = dict(etl.execute('select "정책 이름", "설명" from raw.nasty').fetchall())
    values = EXPECTED[name]["values"]
    assert {key: staged[key] or "" for key in values} == values


def test_every_bad_line_of_ndjson_is_named(take: Any, admin: Any) -> None:
    name = "08_bad_lines.ndjson"
    columns = {"feature_group": "group", "feature_name": "feature", "environment": "env"}
    run = take(name, kind="ndjson", columns=columns)
    expected = EXPECTED[name]
    assert run.created == expected["distinct_identities"]
    assert run.read == expected["good_lines"] + len(expected["bad_lines"])
    bad = {int(place.rpartition(":")[2]) for code, place in issues(admin) if code != "duplicate"}
    assert bad == {line["line"] for line in expected["bad_lines"]}


def test_yaml_tree(take: Any, admin: Any) -> None:
    run = take("09_yaml_tree", kind="yaml", columns=FLAGS, constants={"feature_group": "flags"})
    expected = EXPECTED["09_yaml_tree"]
    assert run.created == expected["accepted_flags"]
    named = {place for _, place in issues(admin)}
    refused = {f["file"] for f in expected["special_files"] if not f["accepted"]}
    # Of two files with one name the last counts, as everywhere: the first is the one reported.
    refused = refused - {"ops/same_name_again.yml"} | {"beta/add_circuit_breaker_to_gitaly.yml"}
    assert named == refused
    stored = {
        row[0]: dict(zip(("name", "milestone", "type"), row, strict=True))
        for row in features(admin, "feature_name", "since", "attributes ->> 'type'")
    }
    for special in expected["special_files"]:
        value = special.get("value", {})
        assert not value or any(value.items() <= row.items() for row in stored.values()), special


def test_zip_with_unsafe_names(take: Any, admin: Any, tmp_path: Path) -> None:
    columns = {"feature_group": "name", "feature_name": "name"}
    run = take("10_unsafe_names.zip", kind="yaml", columns=columns)
    expected = EXPECTED["10_unsafe_names.zip"]
    assert (run.read, run.rejected) == (expected["entries"], expected["entries"] - 1)
    refused = [place for code, place in issues(admin) if code == "unsafe_entry"]
    assert len(refused) == expected["entries"] - len(expected["safe"])
    assert not list(tmp_path.iterdir())


def test_dates(admin: Any) -> None:
    for value in EXPECTED["11_dates.csv"]["values"]:
        expected = value["expected"]
        if "on or before" in (expected or ""):
            expected = value["input"]
        found = admin.execute("select core.iso_date(%s)", [value["input"]]).fetchone()
        assert found == (expected,), value


def test_row_with_an_unreadable_date_is_reported_and_its_feature_stays(
    take: Any, admin: Any, etl: Any, tmp_path: Path
) -> None:
    columns = {"feature_name": "번호", "since": "입력"}
    declared: dict[str, Any] = {"kind": "csv", "constants": {"feature_group": "날짜"}}
    take("11_dates.csv", columns=columns, **declared)
    run = take("11_dates.csv", columns=columns, dates=["since"], **declared)
    bad = [value["n"] for value in EXPECTED["11_dates.csv"]["values"] if value["expected"] is None]
    assert (run.status, run.removed, run.rejected) == ("succeeded", 0, len(bad))
    assert issues(admin) == [("unreadable_date", f"11_dates.csv:{n + 1}") for n in bad]


@pytest.mark.parametrize("name", sorted(EXPECTED["12_headers"]["files"]))
def test_headers_and_line_ends(take: Any, admin: Any, name: str) -> None:
    columns = {
        "b_spaced_mixed.csv": {"feature_group": "그룹명", "feature_name": "Feature Name"},
        "c_fullwidth.csv": {"feature_group": "feature_group", "feature_name": "feature_name"},
    }.get(name, {"feature_group": "그룹", "feature_name": "기능"})
    expected = EXPECTED["12_headers"]["files"][name]
    try:
        run = take(f"12_headers/{name}", kind="csv", columns=columns)
        assert run.created == expected["good_rows"]
        assert len(issues(admin)) == run.rejected
    except SourceError:
        assert "refuse" in expected["what"]
        assert not features(admin, "feature_id")


def test_a_header_alone_removes_nothing(take: Any) -> None:
    take("12_headers/a_korean.csv", kind="csv")
    run = take("12_headers/g_header_only.csv", kind="csv")
    assert (run.status, run.removed) == ("held", 25)


def test_html_table_called_xls(take: Any, admin: Any) -> None:
    columns = {**GATES, "feature_group": "단계", "environment": "도입"}
    run = take("13_html_as.xls", kind="xlsx", columns=columns)
    assert (run.read, run.rejected) == (EXPECTED["13_html_as.xls"]["rows"], 0)
    assert ("1.10",) in features(admin, "since")


def test_old_xls_warns_of_versions_typed_as_numbers(take: Any, admin: Any) -> None:
    name = "14_legacy_biff8.xls"
    columns = {"feature_name": "기능", "feature_group": "단계", "since": "도입"}
    run = take(name, kind="xlsx", columns={**columns, "environment": "기준일"})
    assert (run.read, run.rejected) == (EXPECTED[name]["rows"], 0)
    dates = [day for (day,) in features(admin, "environment")]
    assert (dates[0], dates[-1]) == (EXPECTED[name]["first_date"], EXPECTED[name]["last_date"])
    assert issues(admin) == [("numeric_text", "14_legacy_biff8.xls[게이트]:C")]


def test_the_fixtures_are_the_files_the_expectations_are_about() -> None:
    for name, expected in EXPECTED.items():
        if "sha256" in expected:
            data = (NASTY / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == expected["sha256"]
