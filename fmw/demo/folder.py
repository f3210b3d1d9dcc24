"""The demo's own folder: who may use it, whether what is in it is whole, and how to start anew."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from db import embedded
from fmw.demo.data import write_configuration
from fmw.errors import FmwError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


MARKER = "demo.json"
SETTINGS = """\
# Settings of the demo. `fmw demo` writes this file once, so you may change it; the two ports it
# takes from your own settings (gateway_port, viewer_port).
"""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the marker file says: a demo lives here, and how far its first start came."""

    days: int
    """Length of its history."""
    loaded_at: dt.datetime | None = None
    """When the history was complete; None = the first start has not ended."""


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Keep a second demo out of `home` as long as this process lives; raises `FmwError`.

    A lock of the operating system, because the demo's Postgres, which could lock better, is
    not there yet; it lies beside the folder, because Windows removes no open file.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_suffix(".lock").open("w", encoding="utf-8") as file:
        try:
            _lock(file)
        except OSError as exc:
            raise FmwError(
                f"the demo in {home} is running already", hint="stop it there with Ctrl-C"
            ) from exc
        yield


def prepare(home: Path, days: int, *, reset: bool) -> State:
    """Return the state of the demo in `home`; what is not whole, or not wanted, is begun anew.

    Never removes a folder in which no demo lives: that raises `FmwError`.
    """
    state = _read(home)
    if state and state.loaded_at and not reset:
        return state
    if state is None and home.exists() and any(home.iterdir()):
        raise FmwError(f"{home} exists and is not a demo", hint="move it away, the demo needs it")
    home.mkdir(exist_ok=True)
    state = State(days=days)
    write_state(home, state)  # first: what is cleared only in part is not taken for a whole
    _clear(home)
    (home / "fmw.toml").write_text(SETTINGS, encoding="utf-8")
    write_configuration(home)
    return state


def write_state(home: Path, state: State) -> None:
    """Write the marker file, whole or not at all."""
    new = home / f"{MARKER}.new"
    new.write_bytes(msgspec.json.encode(state))
    new.replace(home / MARKER)


def _read(home: Path) -> State | None:
    path = home / MARKER
    return msgspec.json.decode(path.read_bytes(), type=State) if path.exists() else None


def _clear(home: Path) -> None:
    """Remove everything but the marker."""
    embedded.stop(home / "var" / "postgres")
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()
