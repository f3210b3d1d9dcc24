"""What clients say in headers: Accept's special types, Range, Prefer."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
OBJECT = "application/vnd.pgrst.object+json"
FEATURES = "/api/v1/features?select=feature_id"


def test_one_row_as_an_object(client: Client) -> None:
    response = client.get(f"{FEATURES},status&feature_id=eq.3", headers={"Accept": OBJECT})
    assert response.json() == {"feature_id": 3, "status": "중지"}
    assert response.headers["Content-Type"] == f"{OBJECT}; charset=utf-8"


@pytest.mark.parametrize(("query", "rows"), [("feature_id=eq.99", 0), ("feature_id=lt.4", 3)])
def test_no_object_without_exactly_one_row(client: Client, query: str, rows: int) -> None:
    response = client.get(f"{FEATURES}&{query}", headers={"Accept": OBJECT})
    assert response.status_code == 406
    body = response.json()
    assert (body["code"], body["details"]) == ("PGRST116", f"The result contains {rows} rows")
    assert client.head(f"{FEATURES}&{query}", headers={"Accept": OBJECT}).status_code == 406


def test_one_of_very_many_rows_is_none(client: Client) -> None:
    response = client.get("/api/v1/fails_late?select=pad", headers={"Accept": OBJECT})
    assert response.status_code == 406
    assert response.json()["details"] == "The result contains 200000 rows"


@pytest.mark.parametrize("kind", ["array", "object"])
def test_keys_without_a_value_can_be_left_out(client: Client, kind: str) -> None:
    accept = f"application/vnd.pgrst.{kind}+json;nulls=stripped"
    path = "/api/v1/features?select=feature_id,status,attributes&feature_id=eq.5"
    response = client.get(path, headers={"Accept": accept})
    row = {"feature_id": 5, "status": "중지"}
    assert response.json() == ([row] if kind == "array" else row)
    assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    ("header", "query", "ids"),
    [
        ("0-1", "", [1, 2]),
        ("items=4-", "", [5, 6]),
        ("1-3", "&limit=2", [2]),
        ("1-3", "&offset=2", [3, 4]),
        ("0-", "&limit=1", [1]),
        ("5-9", "&limit=2", []),
        ("bytes=0-1", "", [1, 2, 3, 4, 5, 6]),
        ("last", "", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_range(client: Client, header: str, query: str, ids: list[int]) -> None:
    response = client.get(f"{FEATURES}&format=json{query}", headers={"Range": header})
    assert [row["feature_id"] for row in response.json()] == ids


def test_range_with_a_count_is_partial(client: Client) -> None:
    headers = {"Range": "2-3", "Prefer": "count=exact"}
    response = client.get(f"{FEATURES}&format=json", headers=headers)
    assert (response.status_code, response.headers["Content-Range"]) == (206, "2-3/6")


def test_range_that_ends_before_it_begins(client: Client) -> None:
    response = client.get(FEATURES, headers={"Range": "5-2"})
    assert (response.status_code, response.json()["code"]) == (416, "PGRST103")


def test_unknown_preferences_are_refused_when_it_is_strict(client: Client) -> None:
    headers = {"Prefer": "handling=strict, count=exact, tx=commit, colour=red"}
    response = client.get(FEATURES, headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, "PGRST122")
    assert response.json()["details"] == "Invalid preferences: colour=red"
    lenient = {"Prefer": "count=exact, colour=red"}
    assert client.get(FEATURES, headers=lenient).headers["Preference-Applied"] == "count=exact"


def test_what_concerns_writing_is_accepted(client: Client) -> None:
    headers = {"Prefer": "handling=strict,max-affected=5,return=minimal"}
    assert client.get(FEATURES, headers=headers).status_code == 200


def test_instants_in_a_time_zone(client: Client) -> None:
    path = "/api/v1/features?select=changed_at&limit=1"
    headers = {"Prefer": "timezone=Asia/Seoul"}
    response = client.get(path, headers=headers)
    assert response.text == "changed_at\n2025-01-02 12:04:05+09\n"
    assert response.headers["Preference-Applied"] == "timezone=Asia/Seoul"
    assert "03:04:05" in client.get(path).text  # nobody else's
    wrong = client.get(path, headers={"Prefer": "timezone=Mars/Olympus"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "22023")
