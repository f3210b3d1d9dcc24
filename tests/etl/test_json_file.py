"""Reading JSON and NDJSON: records stay documents, bad ones are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from etl.declaration import Source
from etl.delivery import given_files
from etl.mapping import parse_path
from etl.reading import Issue
from etl.runs import Order
from etl.sources import open_reader
from etl.sync import sync_source
from fmw.errors import SourceError

COLUMNS = {"feature_group": "service.group", "feature_name": "service.name", "status": "state"}


def source(kind: Any, path: Path, **declared: Any) -> Source:
    return Source(name="monitor", kind=kind, path=str(path), columns=COLUMNS, **declared)


def record(name: str, **more: object) -> dict[str, object]:
    return {"service": {"group": "결제", "name": name}, "state": "정상", **more}


def test_ndjson_rows_become_features_with_the_rest_as_attributes(
    etl: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "a.ndjson"
    lines = [record("승인", region="서울", probe={"at": 1, "ms": 20}), record("취소", region=None)]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    run = sync_source(etl, source("ndjson", path, ignore=["probe.at"]))
    assert (run.created, run.rejected) == (2, 0)
    again = path.read_text(encoding="utf-8").replace('"at": 1', '"at": 2')
    path.write_text(again, encoding="utf-8")
    assert sync_source(etl, source("ndjson", path, ignore=["probe.at"])).unchanged == 2


def test_attributes_are_the_unmapped_keys(etl: Any, admin: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([record("승인", tags=["a", "b"], empty=None)]), encoding="utf-8")
    sync_source(etl, source("json", path))
    assert admin.execute("select attributes from core.features").fetchone() == (
        {"tags": ["a", "b"]},
    )


def test_bad_lines_are_issues_with_their_line(etl: Any, admin: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    lines = [
        b"\xef\xbb\xbf" + json.dumps(record("1")).encode(),
        b"",
        b'{"service": {"group": "g", "name": "cut',
        b"[1, 2]",
        b'{"service": {"group": "g", "name": "nul \\u0000"}}',
        b'{"service": {"group": "g", "name": "half \\ud800"}}',
        b'{"service": {"group": "g", "name": NaN}}',
        b'{"service": {"group": "g", "name": "\xff"}}',
        b"[" * 3000 + b"]" * 3000,
        json.dumps(record("2")).encode(),
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")
    run = sync_source(etl, source("ndjson", path))
    assert (run.read, run.created, run.rejected) == (9, 2, 7)
    rows = admin.execute("select location, code from ops.run_issues order by issue_id").fetchall()
    assert rows == [(f"a.ndjson:{line}", "malformed_record") for line in range(3, 10)]


def test_duplicate_documents_are_located(etl: Any, admin: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    lines = [record("1"), record("2"), record("1", region="부산")]
    path.write_text("broken\n" + "\n".join(map(json.dumps, lines)), encoding="utf-8")
    run = sync_source(etl, source("ndjson", path))
    assert (run.read, run.created, run.rejected) == (4, 2, 2)
    rows = admin.execute("select location, code from ops.run_issues order by location").fetchall()
    assert rows == [("a.ndjson:1", "malformed_record"), ("a.ndjson:2", "duplicate")]


def test_records_may_lie_deeper(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"data": {"items": [record("1"), record("2")]}}), encoding="utf-8")
    issues: list[Issue] = []
    files = given_files([path])
    with open_reader(source("json", path, records="data.items"), files) as reader:
        blocks = [block for part in reader.parts(issues, careful=True) for block in part.blocks]
    assert [json.loads(line) for line in b"".join(blocks).splitlines()] == [
        record("1"),
        record("2"),
    ]
    with (
        pytest.raises(SourceError, match="'rows'"),
        open_reader(source("json", path, records="rows"), files) as reader,
    ):
        [list(part.blocks) for part in reader.parts(issues, careful=True)]


def test_document_that_is_no_list_is_refused_whole(etl: Any, admin: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"state": 1}', encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.json"):
        sync_source(etl, source("json", path), Order())
    assert admin.execute("select status from ops.runs").fetchall() == [("failed",)]


@pytest.mark.parametrize(
    ("path", "steps"),
    [("a", ["a"]), ("a.b", ["a", "b"]), ("a.b[0].c", ["a", "b", "0", "c"]), ("상태", ["상태"])],
)
def test_paths(path: str, steps: list[str]) -> None:
    assert parse_path(path) == steps
