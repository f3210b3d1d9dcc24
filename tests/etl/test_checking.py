"""What `fmw sources check` shows of a source, and what `fmw sources new` proposes for a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
import xlsxwriter

from etl.checking import check_source, normalised, undated
from etl.declaration import Source, load_sources
from etl.proposal import add, propose
from fmw.errors import SettingsError, SourceError

DECLARED = """
[[source]]
name = "x"
kind = "csv"
path = "y"
[source.columns]
feature_name = "a"
[source.constants]
feature_group = "b"
"""
COLUMNS = {"feature_group": "그룹", "feature_name": "기능", "status": "상태", "since": "시작일"}
ROWS = "그룹,기능,상태,시작일,비고\n결제,환불,운영중, 2024.1.5,메모\n결제,취소,,24.1.5,\n결제,x\n"


@pytest.fixture
def team(tmp_path: Path) -> Source:
    (tmp_path / "team.csv").write_text(ROWS, encoding="utf-8")
    return Source(
        name="team",
        kind="csv",
        path="team.csv",
        columns={**COLUMNS},
        dates=["since"],
        home=tmp_path,
    )


def declared(path: Path, proposal: str) -> dict[str, Source]:
    path.write_text(proposal, encoding="utf-8")
    return load_sources(path)


def test_check_shows_what_values_become(etl: Any, admin: psycopg.Connection, team: Source) -> None:
    admin.execute("select core.set_alias('status', '운영중', '운영')")
    check = check_source(etl, team)
    assert (check.files, check.rows) == (["team.csv"], 2)
    assert [(v.ours, v.raw, v.becomes) for v in normalised(check)] == [
        ("status", "운영중", "운영"),
        ("status", None, "unknown"),
        ("since", " 2024.1.5", "2024-01-05"),
    ]
    assert [v.raw for v in undated(check, team)] == ["24.1.5"]
    assert [(v.raw, v.becomes, v.rows) for v in check.attributes] == [("비고", "메모", 1)]
    assert [issue.location for issue in check.issues] == ["team.csv:4"]


def test_check_changes_nothing(etl: Any, admin: psycopg.Connection, team: Source) -> None:
    check_source(etl, team)
    assert admin.execute(
        "select (select count(*) from ops.sources), (select count(*) from ops.runs),"
        " (select count(*) from core.features), to_regclass('raw.team')"
    ).fetchone() == (0, 0, 0, None)


def test_check_names_the_header_that_is_missing(etl: Any, team: Source) -> None:
    team.columns["owner"] = "담당"
    with pytest.raises(SourceError, match=r"team\.csv: there is no column '담당'"):
        check_source(etl, team)


def test_check_reads_documents(etl: Any, tmp_path: Path) -> None:
    record = {"service": {"group": "결제", "name": "환불"}, "state": "up", "extra": {"tier": 1}}
    (tmp_path / "s.ndjson").write_text(json.dumps(record), encoding="utf-8")
    check = check_source(
        etl,
        Source(
            name="monitor",
            kind="ndjson",
            path="s.ndjson",
            columns={"feature_group": "service.group", "feature_name": "service.name"},
            home=tmp_path,
        ),
    )
    assert [v.becomes for v in check.values["feature_group"]] == ["결제"]
    assert {v.raw for v in check.attributes} >= {"state", "extra"}


def test_proposal_of_korean_headers_can_be_declared(etl: Any, tmp_path: Path) -> None:
    (tmp_path / "정책 목록.csv").write_text(ROWS, encoding="cp949")
    proposal = propose(tmp_path / "정책 목록.csv")
    source = declared(tmp_path / "sources.toml", proposal)["new-source"]
    assert source.columns == COLUMNS | {"description": "비고"}
    assert source.dates == ["since"]
    assert check_source(etl, source).rows == 2


def test_proposal_finds_a_header_below_titles(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "Team-A.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(
            [["2024년 현황", "비공개"], [], ["서비스", "Feature", "Owner"], ["결제", "환불", "A"]]
        ):
            sheet.write_row(number, 0, row)
    source = declared(tmp_path / "sources.toml", propose(tmp_path / "Team-A.xlsx"))["team-a"]
    assert source.columns == {
        "feature_name": "Feature",
        "feature_group": "서비스",
        "owner": "Owner",
    }


def test_proposal_names_both_rows_of_a_merged_header(etl: Any, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "현황.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "우리팀 기능 현황")
        sheet.merge_range(2, 0, 3, 0, "서비스")
        sheet.merge_range(2, 1, 2, 2, "기능")
        sheet.write_row(3, 1, ["이름", "상태"])
        sheet.merge_range(2, 3, 3, 3, "담당자")
        sheet.merge_range(2, 4, 2, 5, "기간")
        sheet.write_row(3, 4, ["시작일", "상태"])
        sheet.write_row(4, 0, ["결제", "환불", "운영", "가", "2025-01-31", "x"])
    source = declared(tmp_path / "sources.toml", propose(tmp_path / "현황.xlsx", "mine"))["mine"]
    assert source.columns == {
        "feature_name": "기능/이름",
        "feature_group": "서비스",
        "status": "기능/상태",
        "owner": "담당자",
        "since": "기간/시작일",
    }
    assert check_source(etl, source).rows == 1


def test_proposal_finds_the_records_of_a_document(etl: Any, tmp_path: Path) -> None:
    items = [{"service": "결제", "info": {"name": "환불"}, "tags": ["a"], "state": "up"}]
    (tmp_path / "s.json").write_text(json.dumps({"data": {"items": items}}), encoding="utf-8")
    source = declared(tmp_path / "sources.toml", propose(tmp_path / "s.json", "monitor"))["monitor"]
    assert source.records == "data.items"
    assert source.columns == {
        "feature_name": "info.name",
        "feature_group": "service",
        "status": "state",
    }
    assert check_source(etl, source).rows == 1


def test_proposal_says_what_it_guesses(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("가,나\n1,2\n", encoding="utf-8")
    proposal = propose(tmp_path / "x.csv")
    assert "a guess" in proposal
    source = declared(tmp_path / "sources.toml", proposal)["x"]
    assert source.columns == {"feature_name": "가"}
    assert source.constants == {"feature_group": "x"}


def test_proposal_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF")
    with pytest.raises(SourceError, match=r"no kind of source has files that end in '\.pdf'"):
        propose(tmp_path / "x.pdf")


def test_a_proposal_is_added_to_what_is_declared(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "team.csv"
    file.write_text("이름,상태\n환불,운영\n", encoding="utf-8")
    path = tmp_path / "sources.toml"
    for name in ("first", "second"):
        add(propose(file, name, tmp_path), path)
    assert {name: s.path for name, s in load_sources(path).items()} == {
        "first": "data/team.csv",
        "second": "data/team.csv",
    }


@pytest.mark.parametrize("before", ["[[source", DECLARED])
def test_what_would_not_be_valid_is_not_added(tmp_path: Path, before: str) -> None:
    (tmp_path / "x.csv").write_text("이름\n환불\n", encoding="utf-8")
    path = tmp_path / "sources.toml"
    path.write_text(before, encoding="utf-8")
    with pytest.raises(SettingsError, match=f"nothing was added: {re.escape(str(path))}"):
        add(propose(tmp_path / "x.csv", "x"), path)
    assert path.read_text(encoding="utf-8") == before
    assert list(tmp_path.glob("*.new")) == []
