"""What the gateway does beyond PostgREST: cursors, distinct, the past, posted queries, suffixes."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import threading
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from gateway import respond
from gateway.catalog import load_catalog
from gateway.requests import Call, deciding, understand
from tests.gateway.conftest import execute, ids

Client = TestClient[Litestar]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def walk(client: Client, view: str, query: str, size: int) -> list[list[str]]:
    """All rows, page by page, as CSV."""
    rows, cursor, pages = list[list[str]](), "", 0
    while pages == 0 or cursor:
        response = client.get(f"/api/v1/{view}?{query}&limit={size}&cursor={cursor}")
        assert response.status_code == 200, response.text
        page = list(csv.reader(io.StringIO(response.text)))[1:]
        assert len(page) <= size
        rows += page
        cursor, pages = response.headers.get("X-Next-Cursor", ""), pages + 1
        assert pages < 100
    return rows


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
@pytest.mark.parametrize(
    "order",
    [
        "order=feature_id",
        "order=feature_id.desc",
        "order=status",
        "order=status.desc",
        "order=status.nullsfirst,feature_name.desc.nullslast",
        "order=since.desc.nullslast,feature_group",
        "order=가격 (원)",
        "order=attributes->>n",
        "order=changed_at",
        "select=feature_id",
        "feature_id=gt.2&order=status",
        "or=(status.is.null,feature_id.lt.4)&order=status",
    ],
)
def test_pages_by_cursor_are_the_whole(client: Client, order: str, size: int) -> None:
    order = order.replace("가격 (원)", '"가격 (원)"')
    whole = client.get(f"/api/v1/features?{order}")
    assert whole.status_code == 200, whole.text
    assert walk(client, "features", order, size) == list(csv.reader(io.StringIO(whole.text)))[1:]


@pytest.mark.parametrize("order", ["order=field", "order=field.desc", "order=change_id.desc", ""])
def test_pages_hold_rows_without_a_part_of_their_key(
    fmw: Client, admin: psycopg.Connection, order: str
) -> None:
    admin.execute("update core.features set status = 'x', owner = 'y' where feature_name = '환불'")
    query = f"select=change_id,op,field&{order}"
    whole = csv.reader(io.StringIO(fmw.get(f"/api/v1/feature_history?{query}").text))
    rows = list(whole)[1:]
    assert {row[2] for row in rows} == {"", "status", "owner"}
    assert walk(fmw, "feature_history", query, 2) == rows


def test_a_cursor_does_not_mind_what_comes_before(client: Client, sample: str) -> None:
    first = client.get("/api/v1/big?select=id&limit=3&cursor=")
    assert first.text == "id\n1\n2\n3\n"
    execute(sample, "insert into sample.big values (0, '', '')")
    try:
        following = client.get(
            f"/api/v1/big?select=id&limit=2&cursor={first.headers['X-Next-Cursor']}"
        )
    finally:
        execute(sample, "delete from sample.big where id = 0")
    assert following.text == "id\n4\n5\n"


@pytest.mark.parametrize(
    ("view", "order"), [("features", ""), ("features", "feature_id.desc"), ("daily_counts", "")]
)
def test_a_cursor_is_found_by_the_index(
    fmw: Client, admin: psycopg.Connection, view: str, order: str
) -> None:
    catalog = load_catalog(admin, "api")
    address = f"order={order}&" if order else ""
    cursor = fmw.get(f"/api/v1/{view}?{address}limit=1&cursor=").headers["X-Next-Cursor"]
    call = Call(
        headers=deciding({}), path="", name=view, default="csv", max_rows=0, has_body=True,
        query_string=f"{address}limit=1&cursor={cursor}".encode(),
    )  # fmt: skip
    copy = understand(catalog, call).task.rows or b""
    query = copy.removeprefix(b"copy (").rpartition(b") to stdout")[0]
    admin.execute("set enable_seqscan = off; set enable_bitmapscan = off")
    plan = str(admin.execute(b"explain " + query).fetchall())
    assert "Index Cond" in plan
    assert "Sort" not in plan


def test_nobody_counts_what_is_before_a_cursor(client: Client) -> None:
    counted = {"Prefer": "count=exact"}
    first = client.get("/api/v1/features?limit=4&cursor=", headers=counted)
    assert first.headers["Content-Range"] == "0-3/6"
    cursor = first.headers["X-Next-Cursor"]
    last = client.get(f"/api/v1/features?limit=4&cursor={cursor}", headers=counted)
    assert last.headers["Content-Range"] == "*/6"
    assert "X-Next-Cursor" not in last.headers


def test_a_page_has_a_size_of_its_own(client: Client) -> None:
    response = client.get("/api/v1/big?select=id&cursor=")
    assert len(response.text.splitlines()) == 1001
    assert response.headers["X-Next-Cursor"]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=" + base64.urlsafe_b64encode(b"{}").decode(),
        "cursor=&offset=2",
        "cursor=&select=status,count()",
        "cursor=&distinct=1&select=status",
    ],
)
def test_cursors_that_make_no_sense(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/features?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST100")
    assert response.json()["hint"] or "offset" in query


def test_a_cursor_belongs_to_its_order(client: Client) -> None:
    cursor = client.get("/api/v1/features?limit=2&cursor=").headers["X-Next-Cursor"]
    response = client.get(f"/api/v1/features?limit=2&order=status&cursor={cursor}")
    assert response.status_code == 400
    assert "another order" in response.json()["message"]
    assert client.get("/api/v1/numbers?cursor=").status_code == 400  # it has no key


def test_times_are_korean(fmw: Client) -> None:
    text = fmw.get("/api/v1/features?select=changed_at&limit=1").text
    assert text.strip().endswith("+09")
    morning = text.split()[1]
    midnight = [f"changed_at=gte.{morning}{zone}" for zone in ("", "T00:00%2B09:00")]
    assert ids(fmw, midnight[0]) == ids(fmw, midnight[1])
    assert len(ids(fmw, midnight[0])) == 3


def test_a_search_means_the_same_in_the_past(fmw: Client, admin: psycopg.Connection) -> None:
    admin.execute("update core.features set url = '환불', title = 'Pay Back' where feature_id = 2")
    admin.execute("select ops.refresh()")
    then = f"&as_of={quote(dt.datetime.now(dt.UTC).isoformat())}"
    found = [ids(fmw, f"order=feature_id&q={words}") for words in ("back pay", "환불", "환불 결제")]
    assert found[0] == [2]
    assert 2 not in found[1]
    for words, now in zip(("back pay", "환불", "환불 결제"), found, strict=True):
        assert ids(fmw, f"order=feature_id&q={words}{then}") == now


def test_a_long_query_keeps_nobody_waiting(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = list[str]()

    def note(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return understand(*arguments)

    monkeypatch.setattr(respond, "understand", note)
    for size in (3, 3000):
        body = f"feature_id=in.({','.join(map(str, range(size)))})".encode()
        assert client.post("/api/v1/features/query", content=body, headers=FORM).is_success
    assert threads[0] == "asyncio-portal" or threads[0] != threads[1]
    assert threads[1].startswith("asyncio_")


def test_text_as_json_is_one_line(client: Client, sample: str) -> None:
    execute(sample, """create view sample.broken as select 1 as n, e'{"a":\\n 1}'::text as doc""")
    execute(sample, "grant select on sample.broken to sample_reader")
    try:
        for form in ("json", "json&limit=9", "ndjson"):
            text = client.get(f"/api/v1/broken?select=n,doc::json&format={form}").text
            assert json.loads(text.strip("[]\n")) == {"n": 1, "doc": {"a": 1}}
    finally:
        execute(sample, "drop view sample.broken")


def test_distinct(client: Client) -> None:
    response = client.get("/api/v1/features?select=status&distinct=1&order=status.desc")
    assert response.text == "status\n\n중지\n운영\n"
    path = "/api/v1/features?select=feature_group,status&distinct=1&limit=2&format=json"
    response = client.get(path, headers={"Prefer": "count=exact"})
    assert response.headers["Content-Range"] == "0-1/5"
    assert response.json()[0] == {"feature_group": "User Login", "status": "중지"}
    assert client.get("/api/v1/features?select=status&distinct=1&order=owner").status_code == 400


def test_computed_columns(client: Client) -> None:
    assert "label" not in client.get("/api/v1/features").text.splitlines()[0]
    response = client.get("/api/v1/features?select=feature_id,label,n:neighbours&limit=1")
    assert response.text == "feature_id,label,n\n1,결제: 1,3\n"
    assert ids(client, "label=eq.결제: 2") == [2]
    assert ids(client, "neighbours=eq.2&order=label.desc") == [5, 4]
    assert "ETag" not in client.get("/api/v1/features?select=neighbours").headers
    assert "ETag" in client.get("/api/v1/features?select=status").headers


def test_the_past(client: Client) -> None:
    assert ids(client, "as_of=2022-06-01&order=feature_id") == [1, 2]
    assert ids(client, "as_of=2024-06-01&status=eq.중지") == [3]
    assert "ETag" not in client.get("/api/v1/features?as_of=2024-01-01").headers
    assert client.get("/api/v1/features?as_of=tuesday").status_code == 400
    assert client.get("/api/v1/groups?as_of=2024-01-01").status_code == 400


def test_the_past_of_a_group(fmw: Client, admin: psycopg.Connection) -> None:
    [[moment]] = admin.execute("select now()").fetchall()
    admin.execute("update core.features set status = '중지' where feature_name = '환불'")
    admin.execute("select ops.refresh()")
    path = "/api/v1/결제?feature_name=eq.환불&select=status"
    then = fmw.get(f"{path}&as_of={quote(moment.isoformat())}")
    assert (then.text, fmw.get(path).text) == ("status\n운영\n", "status\n중지\n")


@pytest.mark.parametrize("name", ["features.csv", "결제.json", "all.ndjson", "groups.xlsx"])
def test_a_format_as_a_suffix(fmw: Client, name: str) -> None:
    base, _, form = name.partition(".")
    response = fmw.get(f"/api/v1/{name}")
    same = fmw.get(f"/api/v1/{base}?format={form}")
    assert response.headers["content-type"] == same.headers["content-type"]
    assert response.content == same.content
    assert fmw.get(f"/api/v1/{base}.exe").status_code == 404


def test_a_name_for_the_file(client: Client) -> None:
    for name in ("보고서", "보고서.csv"):
        response = client.get("/api/v1/features", params={"filename": name})
        assert "%EB%B3%B4%EA%B3%A0%EC%84%9C.csv" in response.headers["content-disposition"]
    response = client.get('/api/v1/features?filename=a"b%0d%0ax: y')
    assert response.status_code == 200
    assert "x: y" not in response.headers
    for length, status in ((200, 200), (201, 400)):
        response = client.get("/api/v1/features", params={"filename": "가" * length})
        assert response.status_code == status


def test_a_posted_query(client: Client) -> None:
    many = ",".join(map(str, range(1, 20_000)))
    asked = f"id=in.({many})&select=id&order=id.desc&limit=2"
    response = client.post("/api/v1/big/query?format=json", content=asked, headers=FORM)
    assert response.json() == [{"id": 19_999}, {"id": 19_998}]
    assert "content-location" not in response.headers
    asked = "q=환불&select=이름:feature_name"
    response = client.post("/api/v1/features/query", content=asked.encode(), headers=FORM)
    assert response.text == "이름\n환불\n"


def test_a_posted_query_as_json(client: Client) -> None:
    body = {"feature_id": ["gt.1", "lt.4"], "select": "feature_id", "order": "feature_id.desc"}
    response = client.post("/api/v1/결제/query", json=body)
    assert response.text == "feature_id\n3\n2\n"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("features", b"", 405, "PGRST117"),
        ("features/query", b"[]", 400, "PGRST102"),
        ("features/query", b'{"limit": 3}', 400, "PGRST102"),
        ("features/query", b'{"q": "' + b"x" * 1_100_000 + b'"}', 413, "PGRST102"),
        ("nosuch/query", b"{}", 404, "PGRST205"),
    ],
)
def test_posts_that_are_refused(
    client: Client, path: str, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post(f"/api/v1/{path}", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_admins_post_queries_too(fmw: Client) -> None:
    for path in ("runs/query", "runs/summary/query"):
        response = fmw.post(f"/api/dev/{path}", content="limit=1&format=json", headers=FORM)
        assert response.status_code == 200, response.text
