"""Start the real viewer process, and the made-up gateway behind it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fake_gateway
import httpx

from tests.tools import free_port


@contextmanager
def serving(port: int = 0) -> Iterator[int]:
    """Run the made-up gateway; yield its port."""
    server = fake_gateway.start(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def viewing(gateway_port: int, folder: Path) -> Iterator[str]:
    """Run the real viewer in `folder`; yield its base URL once it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    dropped = ("PYTEST", "NICEGUI", "FMW_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    environ |= {"FMW_GATEWAY_PORT": str(gateway_port), "FMW_VIEWER_PORT": str(port)}
    command = [sys.executable, "-W", "error", "-m", "ui"]
    process = subprocess.Popen(command, cwd=folder, env=environ)
    try:
        _await(url + "/healthz", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=15)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the viewer ended with {process.returncode}"
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
