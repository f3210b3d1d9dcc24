"""What is selected: all but some columns, and aggregates with what they are grouped by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def rows(client: Client, query: str, status: int = 200) -> Any:
    response = client.get(f"/api/v1/features?format=json&{query}")
    assert response.status_code == status, response.text
    return response.json()


def test_all_but_some_columns(client: Client) -> None:
    everything = list(rows(client, "limit=1")[0])
    for query in ("select=*,-attributes,-verbatim", "select=-verbatim,-attributes"):
        left = list(rows(client, f"{query}&limit=1")[0])
        assert left == [name for name in everything if name not in ("attributes", "verbatim")]
    assert rows(client, "select=-nope", 400)["code"] == "42703"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select=count()", [{"count": 6}]),
        ("select=n:count()::text&status=eq.운영", [{"n": "3"}]),
        (
            "select=status,count()",
            [
                {"status": "운영", "count": 3},
                {"status": "중지", "count": 2},
                {"status": None, "count": 1},
            ],
        ),
        (
            "select=feature_group,n:feature_id.count(),feature_id.max()&order=n.desc&limit=2",
            [
                {"feature_group": "결제", "n": 3, "max": 3},
                {"feature_group": "User Login", "n": 2, "max": 5},
            ],
        ),
        ("select=feature_id.sum(),low:feature_id.min()", [{"sum": 21, "low": 1}]),
        ('select=평균:"가격 (원)".avg()::int', [{"평균": 251}]),
        ("select=attributes->n::int.sum()", [{"sum": -3}]),
        ("select=count()&feature_id=gt.99", [{"count": 0}]),
        ("select=status,count()&feature_id=gt.99", []),
        (
            "select=day:since::text,count()&since=not.is.null&offset=1&limit=1",
            [{"day": "2024-02-01", "count": 1}],
        ),
    ],
)
def test_aggregates(client: Client, query: str, expected: list[dict[str, Any]]) -> None:
    found = rows(client, query)
    assert (
        found == expected
        if "order=" in query or "offset=" in query
        else (sorted(map(str, found)) == sorted(map(str, expected)))
    )


def test_groups_are_counted_and_never_overlap(client: Client) -> None:
    headers = {"Prefer": "count=exact"}
    path = "/api/v1/features?select=status,count()&format=json&order=count.desc&limit=1"
    pages = [client.get(f"{path}&offset={number}", headers=headers) for number in range(3)]
    assert {page.headers["Content-Range"] for page in pages} == {"0-0/3", "1-1/3", "2-2/3"}
    assert [page.json()[0]["count"] for page in pages] == [3, 2, 1]
    single = client.get("/api/v1/features?select=count()", headers=headers)
    assert single.headers["Content-Range"] == "0-0/1"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select=status,count()&order=feature_id", "PGRST100"),
        ("select=status,count()&facets=status", "PGRST100"),
        ("select=a:count(),a:feature_id.max()", "PGRST100"),
        ("select=nope.sum()", "42703"),
        ("select=status.sum()", "42883"),
    ],
)
def test_what_is_wrong_with_aggregates(client: Client, query: str, code: str) -> None:
    response = client.get(f"/api/v1/features?format=json&{query}")
    assert response.status_code in (400, 404)
    assert response.json()["code"] == code


def test_aggregates_in_other_formats(client: Client, tmp_path: Path) -> None:
    path = "/api/v1/features?select=status,count(),feature_id.sum()&status=eq.중지"
    assert client.get(path).text == "status,count,sum\n중지,2,8\n"
    assert client.get(f"{path}&bom=1").text == "\ufeffstatus,count,sum\r\n중지,2,8\r\n"
    (tmp_path / "x.xlsx").write_bytes(client.get(f"{path}&format=xlsx").content)
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()][1] == ["중지", 2, 8]


def test_spreadsheets_get_korean_time_without_an_offset(client: Client) -> None:
    path = "/api/v1/features?select=changed_at,수:count()&bom=1"
    assert client.get(path).text == "\ufeffchanged_at,수\r\n2025-01-02 12:04:05,6\r\n"
    assert client.get("/api/v1/features?select=changed_at&limit=1").text.endswith("03:04:05+00\n")
