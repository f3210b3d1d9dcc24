"""What every reader gets and gives: files, and parts that COPY takes as they are."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

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
    is_warning: bool = False
    """Doubtful, but taken (or no row at all)."""


class File(msgspec.Struct, frozen=True):
    """One file of a delivery."""

    name: str
    """What a person calls it: in a folder or archive, with the way to it."""
    path: Path
    """Where its bytes are."""

    def open(self) -> IO[bytes]:
        """Open it for reading, unpacked if it is gzip by name."""
        if self.path.suffix.lower() == ".gz":
            return gzip.open(self.path, "rb")  # type: ignore[return-value]
        return self.path.open("rb")


class Part(msgspec.Struct, frozen=True):
    """What one COPY takes: a file's columns, the command's options, the bytes."""

    columns: list[str]
    options: str
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


def read_blocks(file: File, progress: Progress | None = None) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines; the last line gets its line end if it has none."""
    rest = b""
    with file.open() as stream:
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


def size(files: Iterable[File]) -> str:
    """Return what every `digest` of files of this size starts with."""
    return f"{sum(file.path.stat().st_size for file in files)}-"


def digest(files: Sequence[File], *salt: bytes) -> str:
    """Return the files' `size` and the SHA-256 of their bytes and names, and of `salt`, as hex."""
    total = hashlib.sha256()
    for file in files:
        with file.path.open("rb") as stream:
            total.update(file.name.encode() + hashlib.file_digest(stream, "sha256").digest())
    for item in salt:
        total.update(item)
    return size(files) + total.hexdigest()
