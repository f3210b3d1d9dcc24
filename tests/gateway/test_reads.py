"""What a client gets: rows, filters, order, pages, counts, groups, formats."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from fmw.settings import Settings
from gateway.app import create_app
from tests.gateway.conftest import execute, ids, until_known

Client = TestClient[Litestar]


def csv_rows(response: Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8"), newline="")))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("order=feature_id.desc", [6, 5, 4, 3, 2, 1]),
        ("order=status.desc.nullslast", [3, 5, 1, 2, 6, 4]),
        ("order=status.desc", [4, 3, 5, 1, 2, 6]),
        ("order=status.asc.nullsfirst,feature_id.desc", [4, 6, 2, 1, 5, 3]),
        ("order=attributes->team->>name.desc.nullslast&limit=2", [1, 2]),
        ("limit=2&offset=3", [4, 5]),
        ("limit=0", []),
        ("offset=99", []),
    ],
)
def test_order_and_pages(client: Client, query: str, expected: list[int]) -> None:
    assert ids(client, query) == expected


def test_order_means_the_column_and_not_an_output_of_its_name(client: Client) -> None:
    response = client.get(
        "/api/v1/features?select=status:feature_id,feature_id:since&order=status.desc.nullslast&format=json"
    )
    assert [row["status"] for row in response.json()] == [3, 5, 1, 2, 6, 4]


def test_key_of_a_plain_view_comes_from_its_comment(client: Client) -> None:
    response = client.get("/api/v1/groups?order=features.desc&format=json")
    assert [row["feature_group"] for row in response.json()] == ["결제", "User Login", "알림/푸시"]


def test_select_renames_casts_and_reaches_into_json(client: Client) -> None:
    select = '번호:feature_id::text,attributes->team->>name,tag:attributes->tags->0,"가격 (원)"'
    response = client.get(
        "/api/v1/features", params={"select": select, "limit": "1", "format": "json"}
    )
    assert response.json() == [{"번호": "1", "name": "정산", "tag": "a", "가격 (원)": 1000}]


def test_names_that_need_quotes(client: Client) -> None:
    response = client.get('/api/v1/이상한 이름?"format"=eq.g&format=json&order="a.b"')
    assert response.json() == [{"a.b": "y", "select": 3, "row": 4, "format": "g"}]


@pytest.mark.parametrize(
    "path",
    [
        "결제",
        "%EA%B2%B0%EC%A0%9C",
        "pay",
        "ＰＡＹ",
        "%E1%84%80%E1%85%A7%E1%86%AF%E1%84%8C%E1%85%A6",
    ],
)
def test_a_group_by_name_and_alias(client: Client, path: str) -> None:
    assert ids(client, "", view=path) == [1, 2, 3]


def test_groups_in_any_case_and_with_filters(client: Client) -> None:
    assert ids(client, "", view="user  LOGIN") == [4, 5]
    assert ids(client, "status=is.null", view="로그인") == [4]
    assert ids(client, "", view="all") == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("query", "prefer", "status", "content_range"),
    [
        ("", "", 200, "0-5/*"),
        ("limit=2&offset=3", "", 200, "3-4/*"),
        ("feature_id=lt.0", "", 200, "*/*"),
        ("", "count=exact", 200, "0-5/6"),
        ("limit=2", "count=exact", 206, "0-1/6"),
        ("limit=2&offset=4", "count=planned", 206, "4-5/6"),
        ("limit=0", "count=exact", 206, "*/6"),
        ("feature_id=lt.0", "count=exact", 200, "*/0"),
        ("offset=7", "count=exact", 416, "*/6"),
    ],
)
def test_content_range(
    client: Client, query: str, prefer: str, status: int, content_range: str
) -> None:
    for method in ("GET", "HEAD"):
        response = client.request(method, f"/api/v1/features?{query}", headers={"Prefer": prefer})
        assert (response.status_code, response.headers["Content-Range"]) == (status, content_range)


def test_head_has_the_headers_and_no_body(client: Client) -> None:
    until_known(client, "/api/v1/features?limit=1")
    head, get = client.head("/api/v1/features?limit=3"), client.get("/api/v1/features?limit=3")
    assert head.content == b""
    for name in ("Content-Type", "Content-Range", "Content-Disposition", "X-Snapshot-Version"):
        assert head.headers[name] == get.headers[name]
    assert get.headers["X-Data-As-Of"] == "2025-01-02T03:04:05+00:00"
    assert get.headers["Server-Timing"].startswith("parse;dur=")


def test_json_keeps_every_value(client: Client, sample: str) -> None:
    rows = client.get("/api/v1/features?format=json").json()
    with psycopg.connect(sample) as conn:
        found = conn.execute(
            "select to_jsonb(f.*) from sample.features as f order by feature_id"
        ).fetchall()
    assert rows == [row for (row,) in found]


def test_ndjson_is_one_row_a_line(client: Client) -> None:
    response = client.get("/api/v1/features?format=ndjson")
    assert [json.loads(line)["feature_id"] for line in response.text.splitlines()] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
    assert response.content.endswith(b"}\n")


def test_csv_is_what_copy_writes(client: Client) -> None:
    response = client.get("/api/v1/features?select=feature_id,feature_name,status")
    assert (
        response.content
        == (
            "feature_id,feature_name,status\n"
            '1,환불,운영\n2,"a\\b ""c"", d\ne",운영\n3,=1+1,중지\n4,100%_a*,\n5,,중지\n6,"",운영\n'
        ).encode()
    )
    assert int(response.headers["Content-Length"]) == len(response.content)


def test_csv_has_a_header_when_empty(client: Client) -> None:
    response = client.get("/api/v1/features?select=feature_id,이름:feature_name&limit=0")
    assert response.text == "feature_id,이름\n"


def test_csv_for_excel(client: Client) -> None:
    select = 'feature_name,"가격 (원)",x:"가격 (원)"::text,=n:feature_id,t:attributes->>n'.replace(
        "=n", '"=n"'
    )
    response = client.get("/api/v1/features", params={"select": select, "bom": "1"})
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.content.count(b"\r\n") == 7
    rows = csv_rows(response)
    assert rows[0] == ["\ufefffeature_name", "가격 (원)", "x", "'=n", "t"]
    assert rows[2] == ['a\\b "c", d\ne', "-5", "'-5", "2", ""]
    assert rows[3][0] == "'=1+1"
    assert rows[6] == ["", "7", "7", "6", "'-3"]


@pytest.mark.parametrize(
    ("query", "headers", "media_type"),
    [
        ("", {}, "text/csv"),
        ("", {"Accept": "*/*"}, "text/csv"),
        ("", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}, "text/csv"),
        ("", {"Accept": "application/json"}, "application/json"),
        ("", {"Accept": "text/csv;q=0.5, application/json"}, "application/json"),
        ("", {"Accept": "application/x-ndjson"}, "application/x-ndjson"),
        ("format=csv", {"Accept": "application/json"}, "text/csv"),
        ("", {"X-Client-Info": "postgrest-py/2"}, "application/json"),
        ("", {"X-Client-Info": "supabase-js/2"}, "application/json"),
        ("", {"Accept-Profile": "public"}, "application/json"),
        ("", {"Accept-Profile": "public", "Accept": "text/csv"}, "text/csv"),
    ],
)
def test_negotiation(client: Client, query: str, headers: dict[str, str], media_type: str) -> None:
    response = client.get(f"/api/v1/features?limit=1&{query}", headers={"Accept": "*/*"} | headers)
    assert response.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert "Accept" in response.headers["Vary"]


def test_file_name(client: Client) -> None:
    disposition = client.get("/api/v1/결제").headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"__.csv\"; filename*=UTF-8''%EA%B2%B0%EC%A0%9C.csv"


def facets(client: Client, query: str) -> Any:
    return client.get(f"/api/v1/features?format=json&select=feature_id&{query}").json()


def test_facets_leave_out_their_own_filter(client: Client) -> None:
    answer = facets(
        client,
        "facets=status,feature_group&status=eq.운영&limit=1&or=(status.eq.운영,feature_id.gt.3)",
    )
    assert answer["rows"] == [{"feature_id": 1}]
    assert answer["total"] == 3
    assert answer["facets"]["status"] == [
        {"value": "운영", "count": 3},
        {"value": "중지", "count": 1},
        {"value": None, "count": 1},
    ]
    assert answer["facets"]["feature_group"] == [
        {"value": "결제", "count": 2},
        {"value": "알림/푸시", "count": 1},
    ]


def test_facets_of_nothing(client: Client) -> None:
    assert facets(client, "facets=status&feature_id=lt.0") == {
        "rows": [],
        "facets": {"status": []},
        "total": 0,
    }


def test_operators_of_another_schema(sample: str, sample_settings: Settings) -> None:
    execute(
        sample,
        """
        create schema "of an extension";
        create function "of an extension".is_at(point, text) returns boolean
            language sql return $1 ~= point($2);
        create operator "of an extension".= (
            leftarg = point, rightarg = text, function = "of an extension".is_at
        );
        grant usage on schema "of an extension" to sample_reader;
        create table sample.places as select 1 as id, point '(1,2)' as spot;
        grant select on sample.places to sample_reader;
        """,
    )
    try:
        for path, status in (("", 404), ("pg_catalog, of an extension", 200)):
            settings = msgspec.structs.replace(sample_settings, gateway_search_path=path)
            with TestClient(create_app(settings)) as client:
                response = client.get("/api/v1/places?spot=eq.(1,2)&select=id")
                assert response.status_code == status, response.text
        assert response.text == "id\n1\n"
    finally:
        execute(sample, 'drop table sample.places; drop schema "of an extension" cascade')


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
def test_a_page_without_rows_says_so(client: Client, form: str) -> None:
    response = client.get(f"/api/v1/features?feature_id=eq.99&limit=5&format={form}")
    assert response.headers["Content-Range"] == "*/*"
    assert response.text.count("\n") == (form == "csv")
