"""Start the real `fmw` as a user does, and see which processes there are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil  # type: ignore[import-untyped]

T = TypeVar("T")


def until(ask: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Return the first answer that is true; fail with `what` was awaited after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return answer


def start(folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    """Start `fmw` in a folder, with no settings but `environ`; it writes to `folder/output`."""
    ours = ("FMW_", "PYTEST", "NICEGUI")
    own = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with (folder / "output").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "fmw", *arguments],
            cwd=folder,
            env=own | environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def output(folder: Path) -> str:
    """Return what the process last started in the folder has written so far."""
    return (folder / "output").read_text(encoding="utf-8")


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that have not ended, with their names; a zombie has."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
