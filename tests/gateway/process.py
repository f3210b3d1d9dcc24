"""The gateway as the process it is in service."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fmw.settings import Settings
from tests.tools import free_port


class Gateway:
    """A running gateway with these settings, on a free port; `get` reads an answer to its end."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        given = {
            f"FMW_{field.upper()}": str(getattr(settings, field))
            for field in Settings.__struct_fields__
            if field != "home" and getattr(settings, field) != getattr(Settings(), field)
        }
        given |= {"FMW_VAR": str(settings.path(settings.var).absolute())}
        given |= {"FMW_GATEWAY_PORT": str(self.port)}
        self.process = subprocess.Popen([sys.executable, "-m", "gateway"], env=os.environ | given)

    def get(self, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        """Read an answer whole."""
        with self.open(path, **headers) as response:
            return response, response.read()

    @contextmanager
    def open(self, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
        """Read an answer's headers; leaving closes the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def stop(self) -> None:
        """Stop it as a service manager would."""
        self.process.terminate()
        self.process.wait(15)

    def wait(self) -> None:
        """Wait until it is ready."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.get("/ready")[0].status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the gateway did not become ready")


@contextmanager
def serving(settings: Settings) -> Iterator[Gateway]:
    """Run a gateway with these settings; it is ready."""
    gateway = Gateway(settings)
    try:
        gateway.wait()
        yield gateway
    finally:
        gateway.stop()
