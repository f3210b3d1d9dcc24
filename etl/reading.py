"""What every reader gives the loader: parts that COPY takes as they are, and the rows it cannot."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, LiteralString, Protocol

import msgspec

BLOCK = 1 << 17
"""Bytes read at once: what a socket holds, so that Postgres works while the next is prepared."""

Progress = Callable[[int], None]
"""Called with the number of bytes read since the last call."""


class Issue(msgspec.Struct, frozen=True):
    """An input row that could not be read: where, what is wrong, and what stood there."""

    location: str
    code: str
    message: str
    raw: str


class Part(msgspec.Struct, frozen=True):
    """What one COPY takes: a file's columns, the command's options, the bytes."""

    columns: list[str]
    options: LiteralString
    blocks: Iterator[bytes]


class Unfit(ValueError):
    """The file is not in the plain form that COPY reads by itself; read it carefully instead."""


class Reader(Protocol):
    """One delivery of a source: its files, how they map, and their rows."""

    columns: list[str]
    """The staging table's columns."""
    types: list[str]
    """Their types: text or jsonb."""
    mapping: dict[str, Any]
    """What core.sync needs to read the staging table."""

    def parts(self, issues: list[Issue], *, careful: bool) -> Iterable[Part]:
        """Yield the delivery in pieces; rows that cannot be read go to `issues`.

        Not careful: fast, and raises `Unfit` (or lets COPY fail) on anything unusual.
        """

    def locate(self, rows: set[int]) -> dict[int, str]:
        """Return "file:line" of staging rows, counted from 1 over all files in order."""


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacked if it is gzip by name."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def read_blocks(path: Path, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines; the last line gets its line end if it has none."""
    rest = b""
    with open_bytes(path) as stream:
        while block := stream.read(BLOCK):
            if progress:
                progress(len(block))
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut]
                rest = block[cut:]
            else:
                rest += block
    if rest:
        yield rest + b"\n"


def size(paths: Iterable[Path]) -> str:
    """Return what every `digest` of files of this size starts with."""
    return f"{sum(path.stat().st_size for path in paths)}-"


def digest(paths: Sequence[Path], *salt: bytes) -> str:
    """Return the files' `size` and the SHA-256 of their bytes and names, and of `salt`, as hex."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            total.update(path.name.encode() + hashlib.file_digest(stream, "sha256").digest())
    for item in salt:
        total.update(item)
    return size(paths) + total.hexdigest()
