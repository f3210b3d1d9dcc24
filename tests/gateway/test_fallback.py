"""Postgres is away: the snapshot files answer, as it would have, and say how old they are."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import duckdb
import openpyxl
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from gateway.cache import Shown
from gateway.copying import Task
from gateway.formats import CSV
from gateway.scanning import FileRows
from tests.gateway.conftest import until_known

Client = TestClient[Litestar]
QUERIES = """
select=*&order=feature_id
limit=5&offset=3
select=feature_id,이름:feature_name,created_at&limit=4
status=eq.운영&order=feature_name.desc&limit=7
status=neq.운영&select=feature_id,status
owner=is.null&select=feature_id
owner=not.is.null&select=feature_id,owner
owner=isdistinct.정산&select=feature_id,owner
feature_id=gt.3&feature_id=lte.9
feature_id=in.(1,2,77)
feature_id=not.in.(1,2)&limit=3
owner=in.("Ops, \\"A\\"",정산)&select=feature_id
title=like.*%25*&select=feature_id,title
title=like.a\\\\\\\\b&select=feature_id,title
title=ilike.A*&select=feature_id,title
feature_name=match.^기능 1\\d$
description=imatch.^ABOUT 2
status=eq(any).{운영,"중지"}&select=feature_id&limit=9
feature_name=like(all).{기능*,*1*}&select=feature_id
feature_id=gt(any).{100,110}&select=feature_id
or=(status.eq.운영,and(owner.is.null,feature_id.lt.20))&select=feature_id
not.or=(status.eq.운영,owner.is.null)&select=feature_id
q=기능 1&select=feature_id
q=정산 ABOUT 1&select=feature_id,owner,description
q=100%25_&select=feature_id,title
q=운영&select=feature_id
q=OPS, "a
order=owner.desc.nullslast,feature_id.desc&select=feature_id,owner
order=owner.nullsfirst&select=feature_id,owner&limit=50
order=attributes->>n&select=feature_id,attributes->>n
select=feature_id,team:attributes->team->>name&attributes->team->>name=eq.정산
select=feature_id,attributes->n,attributes->on,attributes->none,attributes->"a b/c"
select=feature_id,t:attributes->tags->>0,u:attributes->tags->-1
attributes=cs.{"n":1}&select=feature_id
attributes=cs.{"team":{"name":"정산"},"tags":["b"]}&select=feature_id
attributes->team=eq.{"name":"정산"}&select=feature_id
attributes->n=in.(1,-3)&select=feature_id
since=gte.2024-01-10&select=feature_id,since
created_at=gt.2000-01-01&select=feature_id&limit=2
created_at=lt.now&select=feature_id&limit=2
created_at=lt.yesterday&select=feature_id
select=status,n:count()&order=n.desc
select=status,feature_id.sum(),feature_id.max(),created_at.min()
select=count()
select=owner,status,count()&order=owner.nullsfirst,status.desc
select=feature_id::text,status::varchar,created_at::date&limit=3
select=*,-attributes,-created_at,-changed_at&limit=3
feature_group=eq.결제&select=feature_id
limit=0
feature_id=eq.-1
"""


@pytest.mark.parametrize("query", QUERIES.strip().splitlines())
@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_files_answer_as_postgres_does(
    live: Client, away: Client, query: str, form: str
) -> None:
    path = f"/api/v1/all?{query}&format={form}"
    there, here = (client.get(path, headers={"Prefer": "count=exact"}) for client in (live, away))
    assert there.status_code in (200, 206), there.text
    assert here.text == there.text
    for name in ("content-type", "content-range", "content-disposition", "content-location"):
        assert here.headers[name] == there.headers[name]
    assert here.status_code == there.status_code


@pytest.mark.parametrize("path", ["결제", "PAY", "groups", "aliases", "feature_history", "home"])
def test_all_that_is_written_can_be_asked(live: Client, away: Client, path: str) -> None:
    there, here = (client.get(f"/api/v1/{path}?limit=50") for client in (live, away))
    assert there.status_code == 200
    assert here.text == there.text


def test_it_says_how_old_it_is(live: Client, away: Client) -> None:
    response = away.get("/api/v1/all?limit=1")
    until_known(live, "/api/v1/all?limit=1")
    there = live.get("/api/v1/all?limit=1")
    assert response.headers["warning"].startswith("110 ")
    assert response.headers["x-snapshot-version"] == there.headers["x-snapshot-version"]
    assert response.headers.get("x-data-as-of") == there.headers.get("x-data-as-of")
    assert "etag" not in response.headers
    assert "warning" not in there.headers


@pytest.mark.parametrize("query", ["facets=status,owner&limit=2", "facets=kind&status=eq.운영"])
def test_facets(live: Client, away: Client, query: str) -> None:
    there, here = (client.get(f"/api/v1/all?{query}&format=json") for client in (live, away))
    assert here.json() == there.json()
    assert here.json()["facets"]


def test_other_formats(live: Client, away: Client) -> None:
    for query in ("format=ndjson", "bom=1", "format=xlsx", "format=parquet"):
        there, here = (client.get(f"/api/v1/all?{query}&limit=30") for client in (live, away))
        assert here.headers["content-type"] == there.headers["content-type"]
        if query == "format=xlsx":
            assert sheet(here.content) == sheet(there.content)
        else:
            assert here.content == there.content
    for accept in ("application/vnd.pgrst.object+json", "application/json;nulls=stripped"):
        there, here = (
            client.get("/api/v1/all?feature_id=eq.3", headers={"Accept": accept})
            for client in (live, away)
        )
        assert here.json() == there.json()
    there, here = (
        client.get("/api/v1/all?limit=3&format=json", headers={"Prefer": "timezone=Asia/Seoul"})
        for client in (live, away)
    )
    assert here.text == there.text
    assert "+09:00" in here.text


def sheet(content: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_a_client_that_leaves_at_the_end_harms_nobody() -> None:
    duck = duckdb.connect()
    task = Task(form=CSV, asks={}, rows=b"select '1'", names=["n"], types=[])
    shown = Shown(snapshot_version=1, refreshed_at=dt.datetime.now(dt.UTC), checked_at=None)
    rows = FileRows(duck, task, shown, "UTC")
    assert rows.open()[1] == b"n\n1\n"
    assert rows.is_done
    rows.cancel()
    rows.close()


def test_head(live: Client, away: Client) -> None:
    there, here = (client.head("/api/v1/all?status=eq.운영") for client in (live, away))
    assert here.headers["content-range"] == there.headers["content-range"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("all?nosuch=eq.1", 400, "42703"),
        ("nosuch", 404, "PGRST205"),
        ("all?feature_id=eq.x", 400, "22P02"),
        ("all?feature_id=eq.1.5", 400, "22P02"),
        ("all?created_at=gt.tuesday", 400, "22P02"),
        ("all?attributes=cd.{}", 503, "PGRST000"),
        ("all?attributes=gt.{}", 503, "PGRST000"),
        ("all?status=eq(any).{a", 400, "22P02"),
        ("all?status=like.a\\", 400, "22025"),
    ],
)
def test_refusals(away: Client, path: str, status: int, code: str) -> None:
    response = away.get(f"/api/v1/{path}")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (status == 503) == ("retry-after" in response.headers)


def test_admins_are_told(away: Client) -> None:
    response = away.get("/api/dev/runs")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert away.get("/ready").status_code == 503
    assert away.get("/live").status_code == 200
