"""Documents: each record of a delivery becomes one jsonb value, whatever notation it came in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

import msgspec

from etl.declaration import IDENTITY, Source
from etl.mapping import map_documents
from etl.reading import File, Issue, Part, Progress

COPY_OPTIONS = "format csv, quote E'\\x01', delimiter E'\\x02'"
"""One column, no quoting: JSON text never holds these two characters."""
RECORDS_PER_BLOCK = 1000


class Record(NamedTuple):
    """Where a record stands, its JSON text on one line, and why it cannot be taken or ""."""

    place: str
    text: bytes
    problem: str = ""


Notation = Callable[[Source, File, Progress | None], Iterator[Record]]
"""Yields the records of a file."""


class DocumentReader:
    """The files of one delivery of documents."""

    def __init__(
        self,
        source: Source,
        notation: Notation,
        files: Sequence[File],
        progress: Progress | None = None,
    ) -> None:
        """Nothing is read yet."""
        self._source = source
        self._notation = notation
        self._files = files
        self._progress = progress
        self.columns = ["document"]
        self.types = ["jsonb"]
        self.mapping: dict[str, Any] = map_documents(source)
        paths = self.mapping["paths"]
        self._identity = {ours: paths[ours] for ours in IDENTITY if ours in paths}

    def parts(self, issues: list[Issue], *, careful: bool) -> Iterator[Part]:
        """Yield the records as one part; there is only the careful way."""
        yield Part(self.columns, COPY_OPTIONS, self._blocks(issues))

    def locate(self, rows: set[int]) -> dict[int, str]:
        """Read the files once more, counting records."""
        found, row = {}, 0
        for record in self._records():
            row += not record.problem
            if row in rows and row not in found:
                found[row] = record.place
        return found

    def _blocks(self, issues: list[Issue]) -> Iterator[bytes]:
        good: list[bytes] = []
        for place, text, problem in self._records():
            if problem:
                raw = text[:1000].decode(errors="backslashreplace").replace("\x00", "\\0")
                issues.append(Issue(place, "malformed_record", problem, raw))
            else:
                good.append(text)
            if len(good) == RECORDS_PER_BLOCK:
                yield b"\n".join(good) + b"\n"
                good.clear()
        if good:
            yield b"\n".join(good) + b"\n"

    def _records(self) -> Iterator[Record]:
        for file in self._files:
            for record in self._notation(self._source, file, self._progress):
                problem = record.problem or check_record(record.text, self._identity)
                yield record._replace(problem=problem)


def check_record(text: bytes, identity: dict[str, list[str]] | None = None) -> str:
    """Return what is wrong with a record's JSON text, or "" if Postgres will take it.

    `identity` holds the paths of those of our columns that must be text: 1 and "1" are two names.
    """
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        return f"not valid JSON: {exc}"
    if not isinstance(record, dict):
        return "not a JSON object"
    if b"\\u0000" in text:
        return "holds U+0000, which text cannot hold"
    try:
        msgspec.json.encode(record)
    except UnicodeEncodeError:
        return "holds half a surrogate pair"
    for ours, steps in (identity or {}).items():
        value = _at(record, steps)
        if value is not None and not isinstance(value, str):
            return f"{'.'.join(steps)} ({ours}) is no text but {json.dumps(value)[:40]}"
    return ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is there twice")
    return record


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
