"""Ids of requests, who asked, and clients that leave: in the process that is in service."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from fmw.logs import JsonFormatter
from fmw.settings import Settings
from gateway.request_log import address, readable
from gateway.serve import TRUSTED
from tests.gateway.process import Gateway, serving
from tests.gateway.test_request_log import wait_for

VIEWS = """
create view api.endless as
select generate_series(1, 100000000) as n, repeat('x', 1000) as text;
create view api.slow as select pg_sleep(60)::text as slept;
grant select on api.endless, api.slow to fmw_reader;
"""


@pytest.fixture
def gateway(settings: Settings, admin: psycopg.Connection) -> Iterator[Gateway]:
    admin.execute(VIEWS)
    with serving(msgspec.structs.replace(settings, gateway_statement_timeout=100)) as gateway:
        yield gateway


def leave(gateway: Gateway, path: str, bytes_first: int) -> None:
    """Ask, read some of the answer, and close the connection."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while bytes_first > 0:
            bytes_first -= len(client.recv(65536))
        time.sleep(0.5)


def test_a_client_that_leaves_a_stream(gateway: Gateway, admin: psycopg.Connection) -> None:
    leave(gateway, "/api/v1/endless", 300_000)
    [row] = wait_for(admin, "resource = 'endless'")
    assert (row["status"], row["is_complete"]) == (200, False)
    assert row["bytes"] >= 300_000 - 1000  # the head is no body
    assert row["first_byte_ms"] < row["milliseconds"]


def test_a_client_that_leaves_before_there_is_an_answer(
    gateway: Gateway, admin: psycopg.Connection
) -> None:
    leave(gateway, "/api/v1/slow", 0)
    [row] = wait_for(admin, "resource = 'slow'")
    assert (row["status"], row["is_complete"], row["bytes"]) == (499, False, 0)
    assert (row["first_byte_ms"], row["format"]) == (None, None)
    assert 400 < row["milliseconds"] < 10_000


FORWARDED = [
    (None, "127.0.0.1"),
    ("10.1.2.3", "10.1.2.3"),
    ("6.6.6.6, 10.1.2.3", "10.1.2.3"),
    ("2001:db8::1", "2001:db8::1"),
    ("nonsense", None),
    ("'; drop table ops.request_log; --", None),
]


def test_the_proxy_says_who_asks(gateway: Gateway, admin: psycopg.Connection) -> None:
    for number, (forwarded, _) in enumerate(FORWARDED):
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        gateway.get("/api/v1/snapshot", **{"X-Request-Id": f"ask-{number}", **headers})
    wait_for(admin, "(select count(*) from ops.request_log) >= 6")
    hosts = {row["request_id"]: row["host"] for row in wait_for(admin, "true")}
    assert hosts == {f"ask-{n}": host for n, (_, host) in enumerate(FORWARDED)}


@pytest.mark.parametrize(
    ("peer", "believed"), [("127.0.0.1", True), ("::1", True), ("10.0.0.9", False)]
)
def test_nobody_else_is_believed(peer: str, believed: bool) -> None:
    """The gateway hears nobody but this machine; if it did, their word would not count."""
    hosts = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        hosts.append(scope["client"][0])

    scope = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", b"6.6.6.6")],
    }
    proxied = ProxyHeadersMiddleware(app, TRUSTED)
    with pytest.raises(StopIteration):
        proxied(scope, None, None).send(None)
    assert hosts == ["6.6.6.6" if believed else peer]


@pytest.mark.parametrize("name", ["a", "3f9a-1", "x" * 64, "a.b_c~d+e/f=g:h@i"])
def test_a_plain_id_is_kept(client: TestClient[Litestar], name: str) -> None:
    response = client.get("/live", headers={"X-Request-Id": name})
    assert response.headers["X-Request-Id"] == name


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "a b", "a\tb", '"a"', "가".encode(), "<script>", "a,b"]
)
def test_another_id_is_replaced(client: TestClient[Litestar], name: str | bytes) -> None:
    headers = {"X-Request-Id": name}
    made = {client.get("/live", headers=headers).headers["X-Request-Id"] for _ in range(3)}
    assert len(made) == 3
    assert all(re.fullmatch("[0-9a-f]{12}-[0-9a-f]+", one) for one in made)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/numbers?limit=1"])
def test_every_answer_has_an_id(client: TestClient[Litestar], path: str) -> None:
    for method in ("GET", "HEAD", "DELETE"):
        assert client.request(method, path).headers["X-Request-Id"]


def test_lines_of_the_log_have_the_id(client: TestClient[Litestar]) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("gateway")
    logger.addHandler(handler)
    try:
        client.get("/api/v1/fails_late", headers={"X-Request-Id": "late"})
        logger.warning("of nobody's request")
    finally:
        logger.removeHandler(handler)
    late, other = [
        line
        for line in map(json.loads, lines.getvalue().splitlines())
        if "request log" not in line["message"]
    ]
    assert "broke off" in late["message"]
    assert late["request_id"] == "late"
    assert "request_id" not in other


@given(st.text(st.sampled_from("a=&%0+환é\x00\x7f\xe9\U0001f600CEB8"), max_size=30))
def test_a_readable_query_means_the_same(text: str) -> None:
    assert parse_qsl(readable(text)) == parse_qsl(text)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=%ED%99%98%eb%b6%88&a=%26b", "q=환불&a=%26b"),
        ("q=%ED%99%98%EB%B6", "q=환%EB%B6"),
        ("q=%B0%E1%C1%A6", "q=%B0%E1%C1%A6"),
        ("q=100%25", "q=100%25"),
    ],
)
def test_letters_are_readable(query: str, shown: str) -> None:
    assert readable(query) == shown


def test_addresses_are_as_postgres_takes_them() -> None:
    assert address("fe80::1%eth0") == "fe80::1"
    assert address("testclient") is None
    assert address(None) is None
