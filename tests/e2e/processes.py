"""Start the real `fmw` as a user does, and see which processes there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped]


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
