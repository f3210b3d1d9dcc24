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


class Viewer:
    """The real viewer as a process, on a free port; the test may stop it and start it again."""

    def __init__(self, gateway_port: int, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        dropped = ("PYTEST", "NICEGUI", "FMW_")
        self._environ = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
        self._environ["FMW_GATEWAY_PORT"] = str(gateway_port)
        self._environ["FMW_VIEWER_PORT"] = str(self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns once it answers."""
        command = [sys.executable, "-W", "error", "-m", "ui"]
        self._process = subprocess.Popen(command, cwd=self._folder, env=self._environ)
        _await(self.url + "/healthz", self._process)

    def stop(self) -> None:
        """Stop it as a service manager would."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=15)


@contextmanager
def viewing(gateway_port: int, folder: Path) -> Iterator[str]:
    """Run the real viewer in `folder`; yield its base URL once it answers."""
    viewer = Viewer(gateway_port, folder)
    try:
        viewer.start()
        yield viewer.url
    finally:
        viewer.stop()


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
