"""The servers of a bench: each a process of its own, on a free loopback port."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psutil

PATIENCE = 120.0
"""Seconds a server may take to start; `uv run` may have to fetch its packages."""
POOL = 8
"""Connections to Postgres of everybody."""


def free_port() -> int:
    """Return a port nobody listens to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], port: int, ready: str, environ: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """Run a server from when its path `ready` answers; ends it with all its children."""
    process = subprocess.Popen(command, env=os.environ | (environ or {}), stdout=subprocess.DEVNULL)
    try:
        _wait(process, port, ready)
        yield psutil.Process(process.pid)
    finally:
        _end(process)


@contextmanager
def gateway(conninfo: str, **settings: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run the gateway on the schema `bench`; `settings` by their names, such as `gateway_cache`."""
    port = free_port()
    given = {
        "database_url": conninfo,
        "var": tempfile.gettempdir(),  # no snapshot files of anybody's are there
        "gateway_port": str(port),
        "gateway_schema": "bench",
        "gateway_role": "postgres",
        "gateway_pool": str(POOL),
        "log_level": "CRITICAL",
    } | settings
    environ = {f"FMW_{name.upper()}": value for name, value in given.items()}
    with running([sys.executable, "-m", "gateway"], port, "/ready", environ) as process:
        yield port, process


def get(port: int, path: str) -> tuple[dict[str, str], bytes]:
    """Return headers, as they were written, and body; anything but 200 is an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{path} answers {response.status}: {body[:300]!r}")
    return dict(response.headers), body


@contextmanager
def watched(process: psutil.Process) -> Iterator[list[int]]:
    """Yield a list that gets the bytes of memory the process holds, every 50 ms."""
    seen = [process.memory_info().rss]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            seen.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return
        except OSError:
            pass  # not yet
        finally:
            connection.close()
        time.sleep(0.05)
    raise SystemExit(f"{process.args!r} did not start: it ended with {process.poll()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    started = [psutil.Process(process.pid)] if process.poll() is None else []
    started += [child for one in started for child in one.children(recursive=True)]
    for one in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.terminate()
    _, alive = psutil.wait_procs(started, timeout=15)
    for one in alive:
        one.kill()
    process.wait()
