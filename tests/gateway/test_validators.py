"""Validators and the cache: what has not changed costs nothing, and nobody sees what is old."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo

from fmw.settings import Settings
from gateway import reader
from gateway.app import create_app
from gateway.cache import Cache, Known, Shown

Client = TestClient[Litestar]
MOMENT = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def shown(version: int, moment: dt.datetime = MOMENT) -> Shown:
    return Shown(snapshot_version=version, refreshed_at=moment, checked_at=None)


def known(body: bytes) -> Known:
    return Known(status=200, headers={}, body=body)


@pytest.mark.parametrize("name", ["features", "all", "결제", "groups", "daily_counts"])
def test_what_is_stored_has_a_validator(fmw: Client, name: str) -> None:
    response = fmw.get(f"/api/v1/{name}")
    version = response.headers["X-Snapshot-Version"]
    assert response.headers["ETag"].startswith(f'"{version}-')
    assert fmw.head(f"/api/v1/{name}").headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "feature_history",
        "home",
        "snapshot",
        "all?created_at=gt.yesterday",
        "all?created_at=in.(2026-01-01,Today)",
        "all?or=(status.eq.x,not.and(changed_at.lt.now,status.eq.y))",
    ],
)
def test_what_moves_by_itself_has_none(fmw: Client, path: str) -> None:
    response = fmw.get(f"/api/v1/{path}")
    assert response.status_code == 200
    assert "ETag" not in response.headers


def test_one_answer_one_validator(fmw: Client) -> None:
    def tag(query: str, **headers: str) -> str:
        return str(fmw.get(f"/api/v1/all?{query}", headers=headers).headers["ETag"])

    same = {tag("status=eq.운영&limit=5"), tag("limit=5&status=eq.%EC%9A%B4%EC%98%81")}
    assert len(same) == 1
    others = {
        tag("limit=5"),
        tag("limit=6"),
        tag("limit=5&format=json"),
        tag("limit=5&format=ndjson"),
        tag("limit=5&bom=1"),
        tag("limit=5&format=json&facets=status"),
        tag("limit=5", Prefer="count=exact"),
        tag("limit=5&select=feature_name"),
    }
    assert len(others | same) == 9


def test_times_of_another_zone_are_another_answer(fmw: Client, settings: Settings) -> None:
    there = make_conninfo(settings.database_url, options="-c timezone=UTC")
    with TestClient(create_app(msgspec.structs.replace(settings, database_url=there))) as other:
        theirs, ours = (client.get("/api/v1/all").headers["ETag"] for client in (other, fmw))
    assert theirs != ours


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_unchanged_is_said_without_the_database(
    warm: Client, monkeypatch: pytest.MonkeyPatch, form: str, method: str
) -> None:
    first = warm.get("/api/v1/all?status=eq.운영")
    monkeypatch.setattr(reader, "Rows", None)
    response = warm.request(
        method,
        "/api/v1/all?status=eq.운영",
        headers={"If-None-Match": form.format(first.headers["ETag"])},
    )
    assert (response.status_code, response.content) == (304, b"")
    for name in ("ETag", "Vary", "Cache-Control", "X-Snapshot-Version"):
        assert response.headers[name] == first.headers[name]
    assert "Content-Type" not in response.headers


def test_a_stranger_to_it_gets_the_rows(warm: Client) -> None:
    response = warm.get("/api/v1/all", headers={"If-None-Match": '"1-2-3"'})
    assert response.status_code == 200
    assert response.text.count("\n") == 4


def test_a_short_answer_is_made_once(warm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/api/v1/all", "/api/v1/결제?format=json&facets=status", "/api/v1/groups?bom=1"):
        first = warm.get(path)
        with monkeypatch.context() as patched:
            patched.setattr(reader, "Rows", None)
            again = warm.get(path)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Server-Timing"] == "cache;desc=hit"
        for headers in (first.headers, again.headers):
            del headers["Server-Timing"], headers["X-Request-Id"]
        assert again.headers == first.headers


def test_a_new_snapshot_is_another_answer(warm: Client, admin: psycopg.Connection) -> None:
    old = warm.get("/api/v1/all?order=feature_name")
    for status in ("종료", "운영", "중지"):
        admin.execute("update core.features set status = %s", [status])
        admin.execute("select ops.refresh()")
        deadline = time.monotonic() + 10
        while (new := warm.get("/api/v1/all?order=feature_name")).text == old.text:
            assert time.monotonic() < deadline
        assert new.headers["ETag"] != old.headers["ETag"]
        assert new.text.count(status) == 3
        old = new


def test_when_its_sources_were_last_checked_is_news(
    warm: Client, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.reader.LOOK", 0.1)
    assert "X-Data-As-Of" not in warm.get("/api/v1/all").headers
    admin.execute(
        "insert into ops.runs (source, status, finished_at, read, rejected, created, updated,"
        " removed, moved, unchanged) values ('one', 'succeeded', '2026-11-25 09:00+09',"
        " 0, 0, 0, 0, 0, 0, 0)"
    )
    deadline = time.monotonic() + 10
    while "X-Data-As-Of" not in warm.get("/api/v1/all").headers:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    response = warm.get("/api/v1/all")
    assert response.headers["X-Data-As-Of"] == "2026-11-25T09:00:00+09:00"
    assert response.headers["Server-Timing"] == "cache;desc=hit"


def test_the_cache_holds_so_many_bytes_and_forgets_the_oldest() -> None:
    cache = Cache(2 * Cache.ENTRY + 10)
    cache.put("a", shown(1), known(b"aaaa"))
    cache.put("b", shown(1), known(b"bbbb"))
    assert cache.get("a", shown(1))  # used: it is the younger one now
    cache.put("c", shown(1), known(b"cccc"))
    cache.put("large", shown(1), known(b"x" * (Cache.ENTRY + 11)))
    assert [name for name in ("a", "b", "c", "large") if cache.get(name, shown(1))] == ["a", "c"]


@pytest.mark.parametrize("other", [shown(2), shown(1, MOMENT + dt.timedelta(microseconds=1))])
def test_the_cache_holds_one_snapshot(other: Shown) -> None:
    cache = Cache(10_000)
    cache.put("a", shown(1), known(b"aaaa"))
    cache.put("b", other, known(b"bbbb"))
    assert cache.get("a", shown(1)) is None
    assert cache.get("b", other) is not None
    assert shown(1).etag("x") != other.etag("x")


def test_a_cache_of_nothing_keeps_nothing() -> None:
    cache: Any = Cache(0)
    cache.put("a", shown(1), known(b"a"))
    assert cache.get("a", shown(1)) is None
