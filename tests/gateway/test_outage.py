"""Postgres stops, hangs and comes back under load: every request is answered."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator

import msgspec
import psutil
import pytest

from tests.gateway.own import Own
from tests.gateway.process import Gateway, serving

PATHS = (
    "/api/v1/all?status=eq.%EC%9A%B4%EC%98%81&limit=20",
    "/api/v1/all?format=json&facets=status&limit=5",
    "/api/v1/all?order=feature_name.desc&select=feature_id,feature_name",
    "/api/v1/all",
)


@pytest.fixture(scope="module")
def gateway(own: Own) -> Iterator[Gateway]:
    """Without a memory of short answers, so that every request has to be answered anew."""
    with serving(msgspec.structs.replace(own.settings, gateway_cache=0.0)) as running:
        yield running


class Load:
    """Asks in several threads until it is left; keeps what came back."""

    def __init__(self, port: int, threads: int = 6) -> None:
        self.answers: list[tuple[float, float, int, bool]] = []
        """When it was asked, how long it took, status, whether it was marked as stale."""
        self._port = port
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def until(self, *, stale: bool, seconds: float = 15) -> None:
        """Wait until whoever asks now gets such an answer."""
        asked, deadline = time.monotonic(), time.monotonic() + seconds
        while not any(at > asked and was is stale for at, _, _, was in list(self.answers)):
            assert time.monotonic() < deadline, f"no answer with stale={stale}"
            time.sleep(0.05)

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._ends.is_set():
            for path in PATHS[number % len(PATHS) :]:
                started = time.monotonic()
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()  # raises if it is not whole
                took = time.monotonic() - started
                stale = bool(response.getheader("Warning"))
                self.answers.append((started, took, response.status, stale))
        connection.close()


def test_a_stop_and_a_start_lose_no_request(gateway: Gateway, own: Own) -> None:
    with Load(gateway.port) as load:
        load.until(stale=False)
        own.stop()
        load.until(stale=True)
        time.sleep(1)
        own.start()
        load.until(stale=False)
    assert {status for _, _, status, _ in load.answers} == {200}
    assert max(took for _, took, _, _ in load.answers) < 10


def test_a_server_that_hangs_is_left(gateway: Gateway, own: Own) -> None:
    with Load(gateway.port) as load:
        load.until(stale=False)
        with stopped(own):
            load.until(stale=True)
            time.sleep(1)
        load.until(stale=False)
    assert {status for _, _, status, _ in load.answers} == {200}
    assert max(took for _, took, _, _ in load.answers) < 15


@contextlib.contextmanager
def stopped(own: Own) -> Iterator[None]:
    """Let no process of the server do anything."""
    pidfile = own.settings.home / "postgres" / "postmaster.pid"
    postmaster = psutil.Process(int(pidfile.read_text().split()[0]))
    for process in (postmaster, *postmaster.children()):
        process.suspend()
    try:
        yield
    finally:
        for process in (postmaster, *postmaster.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
