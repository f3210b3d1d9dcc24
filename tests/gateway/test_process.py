"""The real process on a real port: streams, clients that leave, stopping."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import msgspec
import psycopg
import pytest

from fmw.settings import Settings
from tests.gateway.conftest import execute
from tests.gateway.process import Gateway, serving


@pytest.fixture(scope="module")
def gateway(sample_settings: Settings) -> Iterator[Gateway]:
    """A gateway with four connections."""
    with serving(msgspec.structs.replace(sample_settings, gateway_pool_timeout=20.0)) as gateway:
        yield gateway


def active(sample: str) -> int:
    """How many queries the gateway has under way."""
    statement = """
    select count(*) from pg_stat_activity
    where application_name = 'sample-reader' and state <> 'idle'
    """
    return int(execute(sample, statement)[0][0])


def wait_until_idle(sample: str) -> None:
    deadline = time.monotonic() + 5
    while active(sample):
        assert time.monotonic() < deadline, "a query is still running"
        time.sleep(0.05)


def test_a_stream_is_what_copy_writes(gateway: Gateway, sample: str) -> None:
    response, body = gateway.get("/api/v1/big")
    statement = "copy (select * from sample.big order by id) to stdout (format csv, header)"
    with psycopg.connect(sample) as conn, conn.cursor().copy(statement) as copy:
        assert body == b"".join(copy)
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.headers["Content-Range"] == "*/*"  # nobody counts first
    assert "Server" not in response.headers


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_json_streams_hold_every_row(gateway: Gateway, sample: str, form: str) -> None:
    _, body = gateway.get(f"/api/v1/big?format={form}")
    with psycopg.connect(sample) as conn:
        [(rows,)] = conn.execute(
            "select string_agg(row_to_json(b.*)::text, E'\\n' order by id) from sample.big as b"
        )
    expected = "[" + rows.replace("\n", ",\n") + "]" if form == "json" else rows + "\n"
    assert body == expected.encode()


def test_a_stream_that_breaks_is_seen_to_break(gateway: Gateway) -> None:
    with pytest.raises(http.client.IncompleteRead):
        gateway.get("/api/v1/fails_late")


@pytest.mark.parametrize("path", ["/api/v1/slow", "/api/v1/endless"])
def test_a_client_that_leaves_takes_its_query_along(
    gateway: Gateway, sample: str, path: str
) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        deadline = time.monotonic() + 5
        while not active(sample):
            assert time.monotonic() < deadline, "the query never started"
            time.sleep(0.02)
        if path.endswith("endless"):
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
    wait_until_idle(sample)


def test_many_streams_share_few_connections(gateway: Gateway, sample: str) -> None:
    with ThreadPoolExecutor(40) as clients:
        sizes = {
            len(body) for _, body in clients.map(lambda _: gateway.get("/api/v1/big"), range(40))
        }
    assert len(sizes) == 1
    wait_until_idle(sample)


def test_streams_leave_room_for_short_answers(gateway: Gateway, sample: str) -> None:
    # four clients ask for a stream and do not read it; only two of them may hold a connection
    request = b"GET /api/v1/endless HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as clients:
        for _ in range(4):
            client = socket.create_connection(("127.0.0.1", gateway.port))
            clients.enter_context(client).sendall(request)
        time.sleep(0.5)
        assert active(sample) == 2
        started = time.perf_counter()
        response, body = gateway.get("/api/v1/numbers?limit=1")
        assert (response.status, body) == (200, b"n,odd\n1,1\n")
        assert time.perf_counter() - started < 2
    wait_until_idle(sample)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows services are stopped by Ctrl-C events")
def test_it_stops_when_told(sample_settings: Settings) -> None:
    patient = msgspec.structs.replace(sample_settings, gateway_pool_timeout=20.0)
    with serving(patient) as running, running.open("/api/v1/endless") as response:
        assert response.read(1000)
        started = time.monotonic()
        running.process.terminate()
        assert running.process.wait(15) in (0, -signal.SIGTERM)
        assert time.monotonic() - started < 13


def raw(gateway: Gateway, request: bytes) -> tuple[bytes, bytes]:
    """Send bytes as they are; return the answer's head and body."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(request)
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    return head, body


def test_korean_in_an_address_need_not_be_encoded(gateway: Gateway) -> None:
    path = "/api/v1/없는-그룹?q=환불&format=json"
    head, body = raw(
        gateway, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert b" 404 " in head
    assert "없는-그룹" in body.decode()


def test_what_is_not_http_is_refused_in_our_shape(gateway: Gateway) -> None:
    head, body = raw(gateway, b"GET\x00/ nonsense\r\n\r\n")
    assert b" 400 " in head
    assert set(json.loads(body)) == {"code", "message", "details", "hint"}
