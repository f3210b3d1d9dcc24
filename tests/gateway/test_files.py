"""Workbooks and Parquet: the same rows, with their types, complete or not at all."""

from __future__ import annotations

import datetime as dt
import io
import threading
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from gateway import files

Client = TestClient[Litestar]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet(content: bytes) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return book.active


def cells(content: bytes) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet(content).iter_rows()]


def parquet(content: bytes, folder: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    path = folder / "answer.parquet"
    path.write_bytes(content)
    with duckdb.connect() as duck:
        table = duck.read_parquet(str(path))
        return [*map(str, table.types)], table.fetchall()


def test_a_workbook_has_the_rows_with_their_types(client: Client) -> None:
    select = 'feature_id,feature_name,"가격 (원)",since,changed_at'
    response = client.get("/api/v1/features", params={"format": "xlsx", "select": select})
    assert response.headers["Content-Type"] == XLSX
    assert "features.xlsx" in response.headers["Content-Disposition"]
    assert response.headers["Content-Length"] == str(len(response.content))
    moment = dt.datetime.fromisoformat("2025-01-02 12:04:05")  # Korean: Excel knows no zones
    head, first, second, third, fourth, *_ = cells(response.content)
    assert head == ["feature_id", "feature_name", "가격 (원)", "since", "changed_at"]
    day = dt.datetime.fromisoformat("2024-01-01")
    assert first == [1, "환불", 1000, day, moment]
    assert second[1:4] == ['a\\b "c", d\ne', -5, None]
    assert third[1] == "=1+1"
    assert sheet(response.content)["B4"].data_type == "s"  # a text, no formula
    assert fourth[2] == 0.5
    assert sheet(response.content).freeze_panes == "A2"


def test_filters_pages_and_groups_hold_there_too(client: Client) -> None:
    path = "/api/v1/결제?format=xlsx&select=feature_id&order=feature_id.desc&limit=2"
    response = client.get(path, headers={"Prefer": "count=exact"})
    assert (response.status_code, response.headers["Content-Range"]) == (206, "0-1/3")
    assert cells(response.content) == [["feature_id"], [3], [2]]
    assert cells(client.get("/api/v1/features?format=xlsx&limit=0").content)[0][0] == "feature_id"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("12345678901234567890", "12345678901234567890"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("NaN", "NaN"),
        ("-0.50", -0.5),
        ("0", 0),
        ("100000000000000000000", 1e20),
    ],
)
def test_numbers_are_never_rounded(tmp_path: Path, value: str, written: object) -> None:
    path = tmp_path / "x.xlsx"
    book = files.Workbook(path, ["numeric(40,20)"])
    book.add(f"n\n{value}\n".encode())
    book.close()
    assert cells(path.read_bytes()) == [["n"], [written]]


def test_an_instant_at_the_end_of_time_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = files.Workbook(path, ["timestamp with time zone"])
    book.add(b"t\n9999-12-31 23:59:59+00\n")
    book.close()
    assert cells(path.read_bytes()) == [["t"], ["9999-12-31 23:59:59+00"]]


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_one_column_may_be_empty(client: Client, tmp_path: Path, form: str) -> None:
    response = client.get(f"/api/v1/features?select=status&order=feature_id&format={form}")
    assert response.status_code == 200
    if form == "xlsx":
        values = [value for (value,) in cells(response.content)[1:]]
    else:
        values = [value for (value,) in parquet(response.content, tmp_path)[1]]
    assert values == ["운영", "운영", "중지", None, "중지", "운영"]


@pytest.mark.parametrize("value", ["infinity", "0044-03-15 BC", "1899-12-31", "20000-01-01"])
def test_dates_that_excel_does_not_know_are_texts(tmp_path: Path, value: str) -> None:
    path = tmp_path / "x.xlsx"
    book = files.Workbook(path, ["date"])
    book.add(f"d\n{value}\n".encode())
    book.close()
    assert cells(path.read_bytes()) == [["d"], [value]]


def test_more_rows_than_a_sheet_holds_are_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_ROWS", 5)
    response = client.get("/api/v1/features?format=xlsx")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST100")
    assert "format=csv" in response.json()["hint"]
    assert len(cells(client.get("/api/v1/features?format=xlsx&limit=5").content)) == 6


def test_what_breaks_off_is_cleared_away_beside_the_other_answers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing a large workbook takes long, and nobody else is to wait for it."""
    names = list[str]()
    discard = files.Workbook.discard

    def note(self: files.Workbook) -> None:
        names.append(threading.current_thread().name)
        discard(self)

    monkeypatch.setattr(files.Workbook, "discard", note)
    assert client.get("/api/v1/fails_late?format=xlsx").status_code == 400
    assert names
    assert all(name.startswith("gateway-sample") for name in names)


def test_what_breaks_off_is_an_error_and_no_half_file(client: Client) -> None:
    for form in ("xlsx", "parquet"):
        response = client.get(f"/api/v1/fails_late?format={form}")
        assert (response.status_code, response.json()["code"]) == (400, "22012")


def test_many_rows(client: Client, tmp_path: Path) -> None:
    path = "/api/v1/fails_late?select=x,pad&limit=20000"
    kinds, rows = parquet(client.get(f"{path}&format=parquet").content, tmp_path)
    assert (kinds, len(rows)) == (["INTEGER", "VARCHAR"], 20_000)
    found = cells(client.get(f"{path}&format=xlsx").content)
    assert found == [["x", "pad"], *map(list, rows)]


def test_truth_is_true_or_false(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = files.Workbook(path, ["bool"])
    book.add(b"b\nt\nf\n")
    book.close()
    assert cells(path.read_bytes()) == [["b"], [True], [False]]


def test_parquet_has_the_types_of_postgres(client: Client, tmp_path: Path) -> None:
    select = "feature_id,feature_name,since,changed_at,attributes,n:feature_id::int8"
    response = client.get(
        "/api/v1/features",
        params={"select": select, "feature_id": "gt.4"},
        headers={"Accept": "application/vnd.apache.parquet"},
    )
    kinds, rows = parquet(response.content, tmp_path)
    assert kinds == [
        *("BIGINT", "VARCHAR", "DATE", "TIMESTAMP WITH TIME ZONE", "JSON", "BIGINT"),
    ]
    instant = dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert rows == [
        (5, None, None, instant, None, 5),
        (6, "", dt.date(2024, 1, 1), instant, '{"n": -3}', 6),
    ]


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_the_same_rows_are_the_same_bytes(client: Client, form: str) -> None:
    first = client.get(f"/api/v1/features?format={form}")
    assert client.get(f"/api/v1/features?format={form}").content == first.content
    assert client.head(f"/api/v1/features?format={form}").headers["ETag"] == first.headers["ETag"]


def test_korean_names(client: Client) -> None:
    disposition = client.get("/api/v1/결제?format=xlsx").headers["Content-Disposition"]
    assert "filename*=UTF-8''%EA%B2%B0%EC%A0%9C.xlsx" in disposition
