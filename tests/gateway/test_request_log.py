"""The request log: every answer, whatever became of it, and never in the way of one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from fmw.settings import Settings
from gateway.app import create_app
from gateway.observer import Observation
from gateway.request_log import BATCH, RequestLog

COUNT = "select count(*) from ops.request_log"
Client = TestClient[Litestar]


@pytest.fixture
def client(views: None, fmw: Client) -> Client:
    return fmw


def wait_for(
    admin: psycopg.Connection, condition: str, seconds: float = 10
) -> list[dict[str, Any]]:
    """The rows that fulfil a condition, when there are some."""
    query = f"select *, host(client) as host from ops.request_log where {condition}"
    deadline = time.monotonic() + seconds
    while True:
        with admin.cursor(row_factory=dict_row) as cursor:
            if rows := cursor.execute(query.encode()).fetchall():
                return rows
        assert time.monotonic() < deadline, f"nothing was logged: {condition}"
        time.sleep(0.05)


def seen(**fields: Any) -> Observation:
    """A request like others, but for some fields."""
    usual = Observation(
        at=time.time(),
        request_id="a",
        method="GET",
        route="/api/v1/{name}",
        resource="features",
        query="",
        client="10.1.2.3",
        user_agent="x",
        status=200,
        format="csv",
        size=1,
        seconds=0.5,
        first_byte=0.25,
        was_cached=False,
        is_complete=True,
    )
    return msgspec.structs.replace(usual, **fields)


ANSWERS = [
    ("GET", "/api/v1/all?limit=2", 200, "csv", "/api/v1/{name}", "all"),
    ("GET", "/api/v1/결제?format=json&status=eq.운영", 200, "json", "/api/v1/{name}", "결제"),
    ("GET", "/api/v1/features.xlsx", 200, "xlsx", "/api/v1/{name}", "features"),
    ("GET", "/api/v1/big?format=ndjson", 200, "ndjson", "/api/v1/{name}", "big"),
    ("HEAD", "/api/v1/all?limit=2", 200, "csv", "/api/v1/{name}", "all"),
    ("GET", "/api/v1/nothing", 404, "json", "/api/v1/{name}", "nothing"),
    ("HEAD", "/api/v1/nothing", 404, "json", "/api/v1/{name}", "nothing"),
    ("GET", "/api/v1/all?nothing=eq.1", 400, "json", "/api/v1/{name}", "all"),
    ("GET", "/api/dev/runs/summary", 200, "csv", "/api/dev/{name}", "runs_summary"),
    ("POST", "/api/v1/all/query", 200, "csv", "/api/v1/{name}", "all"),
    ("POST", "/api/dev/sync/run", 202, "json", "/api/dev/sync/run", None),
    ("GET", "/nothing/at/all", 404, "json", "unmatched", None),
    ("DELETE", "/api/v1/all", 405, "json", "/api/v1/{name}", "all"),
]


@pytest.mark.parametrize(("method", "path", "status", "form", "route", "resource"), ANSWERS)
def test_answers_are_logged(
    client: Client,
    admin: psycopg.Connection,
    method: str,
    path: str,
    status: int,
    form: str,
    route: str,
    resource: str | None,
) -> None:
    headers = {"Accept-Encoding": "identity", "User-Agent": "시험 1.0".encode()}
    response = client.request(method, path, headers=headers)
    [row] = wait_for(admin, f"request_id = '{response.headers['X-Request-Id']}'")
    assert response.status_code == status, response.text
    assert (row["status"], row["method"], row["format"]) == (status, method, form)
    assert (row["route"], row["resource"], row["service"]) == (route, resource, "gateway")
    assert row["bytes"] == (0 if method == "HEAD" else len(response.content))
    assert row["query"] == (path.partition("?")[2] or None)
    assert (row["user_agent"], row["is_complete"], row["was_cached"]) == ("시험 1.0", True, False)
    assert 0 < row["first_byte_ms"] <= row["milliseconds"]
    assert abs(row["at"].timestamp() - time.time()) < 30


def test_bytes_are_those_that_were_sent(client: Client, admin: psycopg.Connection) -> None:
    with client.stream("GET", "/api/v1/big", headers={"Accept-Encoding": "gzip"}) as response:
        packed = b"".join(response.iter_raw())
    [row] = wait_for(admin, "resource = 'big'")
    assert response.headers["Content-Encoding"] == "gzip"
    assert row["bytes"] == len(packed)


def test_answers_without_the_database_say_so(warm: Client, admin: psycopg.Connection) -> None:
    hit = warm.get("/api/v1/all?limit=0", headers={"X-Request-Id": "hit"})
    same = {"X-Request-Id": "same", "If-None-Match": hit.headers["ETag"]}
    assert warm.get("/api/v1/all?limit=0", headers=same).status_code == 304
    [row] = wait_for(admin, "request_id = 'hit'")
    assert (row["status"], row["bytes"], row["was_cached"]) == (200, len(hit.content), True)
    [row] = wait_for(admin, "request_id = 'same'")
    assert (row["status"], row["bytes"], row["was_cached"]) == (304, 0, True)
    assert row["format"] is None


def test_an_answer_that_breaks_off_says_so(client: Client, admin: psycopg.Connection) -> None:
    client.get("/api/v1/fails_late", headers={"Accept-Encoding": "identity"})
    [row] = wait_for(admin, "resource = 'fails_late'")
    assert (row["status"], row["is_complete"]) == (200, False)
    assert row["bytes"] > 100_000


def test_probes_are_not_logged(client: Client, admin: psycopg.Connection) -> None:
    for path in ("/live", "/ready", "/metrics", "/api/v1/all"):
        assert client.get(path).status_code == 200
    wait_for(admin, "resource = 'all'")
    assert admin.execute(COUNT).fetchone() == (1,)


def test_it_can_be_switched_off(settings: Settings, admin: psycopg.Connection) -> None:
    without = msgspec.structs.replace(settings, gateway_request_log=False)
    with TestClient(create_app(without)) as client:
        assert client.get("/api/v1/snapshot").status_code == 200
        users = admin.execute("select 1 from pg_stat_activity where application_name = 'fmw-log'")
        assert users.fetchall() == []
    assert admin.execute(COUNT).fetchone() == (0,)


def test_what_is_left_is_written_at_the_end(settings: Settings, admin: psycopg.Connection) -> None:
    with TestClient(create_app(settings)) as client:
        for _ in range(20):
            client.get("/api/v1/snapshot")
    assert admin.execute(COUNT).fetchone() == (20,)


def test_more_than_a_batch_is_written_at_once(
    settings: Settings, admin: psycopg.Connection
) -> None:
    with TestClient(create_app(settings)) as client:
        started = time.monotonic()
        for _ in range(BATCH):
            client.get("/nothing")
        wait_for(admin, f"(select count(*) from ops.request_log) >= {BATCH}", seconds=20)
        assert time.monotonic() - started < 60
    assert admin.execute(COUNT).fetchone() == (BATCH,)


def test_a_connection_that_dies_loses_nothing(client: Client, admin: psycopg.Connection) -> None:
    for number in range(30):
        assert client.get("/api/v1/snapshot").status_code == 200
        if number % 10 == 5:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'fmw-log' and datname = current_database()"
            )
            time.sleep(1.2)
    wait_for(admin, "(select count(*) from ops.request_log) >= 30")
    [(rows, requests)] = admin.execute(
        "select count(*), count(distinct request_id) from ops.request_log"
    ).fetchall()
    assert (rows, requests) == (30, 30)


def test_nothing_fails_while_the_table_is_closed(
    client: Client, admin: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    admin.execute("revoke insert on ops.request_log from fmw_log")
    for _ in range(10):
        assert client.get("/api/v1/snapshot").status_code == 200
    deadline = time.monotonic() + 10
    while "the request log is not written for now" not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert admin.execute(COUNT).fetchone() == (0,)
    admin.execute("grant insert on ops.request_log to fmw_log")
    wait_for(admin, "(select count(*) from ops.request_log) = 10")


def test_without_a_database_requests_are_answered(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    away = make_conninfo(settings.database_url, host="127.0.0.1", port=1)
    with TestClient(create_app(msgspec.structs.replace(settings, database_url=away))) as client:
        statuses = {client.get("/api/v1/all").status_code for _ in range(3)}
        assert client.get("/live").status_code == 200
    assert statuses == {503}
    assert "3 requests are not in the request log" in caplog.text


@contextmanager
def written_by(log: RequestLog) -> Iterator[None]:
    """Let the log write meanwhile."""
    with asyncio.Runner() as runner:
        running = log.running()
        runner.run(running.__aenter__())
        try:
            yield
        finally:
            runner.run(running.__aexit__(None, None, None))


def test_the_oldest_make_room_and_are_counted(
    settings: Settings, admin: psycopg.Connection
) -> None:
    log = RequestLog(settings, bound=5)
    for number in range(20):
        log.note(seen(request_id=str(number)))
    assert (log.waiting, log.dropped) == (5, 15)
    with written_by(log):
        wait_for(admin, "request_id = '19'")
    assert (log.waiting, log.dropped, log.written, log.refused) == (0, 15, 5, 0)
    rows = admin.execute("select request_id from ops.request_log order by request_log_id")
    assert [name for (name,) in rows] == ["15", "16", "17", "18", "19"]


def test_what_postgres_refuses_does_not_stop_the_rest(
    settings: Settings, admin: psycopg.Connection
) -> None:
    log = RequestLog(settings)
    with written_by(log):
        log.note(seen(status=5))
        deadline = time.monotonic() + 10
        while not log.refused:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        log.note(seen(resource='nu\0l, "quoted"\nline', query="q=\xff%EC%A4", client="nonsense"))
        [row] = wait_for(admin, "true")
    assert (log.refused, log.written) == (1, 1)
    assert (row["resource"], row["query"]) == ('nul, "quoted"\nline', "q=ÿ%EC%A4")
    assert row["client"] is None


REFUSED = [
    ("fmw_reader", "insert into ops.request_log default values"),
    ("fmw_reader", "select * from ops.request_log"),
    ("fmw_reader", "select ops.forget_requests()"),
    ("fmw_ops", "insert into ops.request_log default values"),
    ("fmw_ops", "delete from ops.request_log"),
    ("fmw_log", "select * from ops.request_log"),
    ("fmw_log", "update ops.request_log set status = 200"),
    ("fmw_log", "delete from ops.request_log"),
    ("fmw_log", "select ops.forget_requests()"),
    ("fmw_log", "select * from ops.runs"),
    ("fmw_log", "select * from api.features"),
    ("fmw_log", "select * from core.features"),
]


@pytest.mark.parametrize(("role", "statement"), REFUSED)
def test_only_the_writer_may_write_and_nothing_else(
    login: Callable[[str], psycopg.Connection], role: str, statement: str
) -> None:
    with login(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement.encode())


def test_admins_read_it_over_the_gateway(client: Client, admin: psycopg.Connection) -> None:
    client.get("/api/v1/all?q=환불", headers={"X-Request-Id": "mine"})
    wait_for(admin, "request_id = 'mine'")
    for path in ("/api/dev/request_log", "/api/dev/request/log"):
        response = client.get(f"{path}?request_id=eq.mine&select=query,status&format=json")
        assert response.json() == [{"query": "q=환불", "status": 200}]
    assert client.get("/api/v1/request_log").status_code == 404
