"""What some tests need beside Python: programs, a free port, patience."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")
THOROUGH = "THOROUGH" in os.environ
"""Whether tests take the sizes that are promised, and minutes; else smaller ones."""


def needs(*names: str) -> str:
    """Return the path of the first that is here; without one the test skips, and in CI it fails."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"{names[0]} is not installed")
    return found


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(ask: Callable[[], T], what: str = "what was awaited", seconds: float = 60) -> T:
    """Return the first answer that is true; fail, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return answer
