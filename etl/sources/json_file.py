"""JSON: one document with a list of records, or one record a line. Records stay documents."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from etl.declaration import Source
from etl.mapping import map_documents, parse_path
from etl.reading import Issue, Part, Progress, open_bytes, read_blocks
from fmw.errors import SourceError

COPY_OPTIONS = "format csv, quote E'\\x01', delimiter E'\\x02'"
"""One column, no quoting: JSON text never holds these two characters."""
RECORDS_PER_BLOCK = 1000


class JsonReader:
    """The JSON or NDJSON files of one delivery; each record becomes one jsonb document."""

    def __init__(self, source: Source, files: list[Path], progress: Progress | None = None) -> None:
        """Nothing is read yet."""
        self._source = source
        self._files = files
        self._progress = progress
        self.columns = ["document"]
        self.types = ["jsonb"]
        self.mapping: dict[str, Any] = map_documents(source)

    def parts(self, issues: list[Issue], *, careful: bool) -> Iterator[Part]:
        """Yield one part per file; there is only the careful way."""
        for path in self._files:
            yield Part(self.columns, COPY_OPTIONS, self._blocks(path, issues))

    def locate(self, rows: set[int]) -> dict[int, str]:
        """Read the files once more, counting lines (NDJSON) or records (JSON)."""
        found, row = {}, 0
        for path in self._files:
            for place, text in self._records(path):
                row += not check_record(text)
                if row in rows and row not in found:
                    found[row] = place
        return found

    def _blocks(self, path: Path, issues: list[Issue]) -> Iterator[bytes]:
        good: list[bytes] = []
        for place, text in self._records(path):
            problem = check_record(text)
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

    def _records(self, path: Path) -> Iterator[tuple[str, bytes]]:
        """Yield (place, JSON text on one line) of each record."""
        if self._source.kind == "ndjson":
            yield from _lines(path, self._progress)
        else:
            for number, record in enumerate(_items(path, self._source.records), 1):
                yield f"{path.name}: record {number}", msgspec.json.format(bytes(record), indent=-1)


def check_record(text: bytes) -> str:
    """Return what is wrong with a record's JSON text, or "" if Postgres will take it."""
    try:
        record = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        return f"not valid JSON: {exc}"
    if not isinstance(record, dict):
        return "not a JSON object"
    if b"\\u0000" in text:
        return "holds U+0000, which text cannot hold"
    try:
        msgspec.json.encode(record)
    except UnicodeEncodeError:
        return "holds half a surrogate pair"
    return ""


def _lines(path: Path, progress: Progress | None) -> Iterator[tuple[str, bytes]]:
    number = 0
    for block in read_blocks(path, progress):
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            text = line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").strip()
            if text:
                yield f"{path.name}:{number}", text


def _items(path: Path, records: str | None) -> list[msgspec.Raw]:
    with open_bytes(path) as stream:
        text = stream.read().removeprefix(codecs.BOM_UTF8)
    try:
        raw = msgspec.Raw(text)
        for step in parse_path(records or ""):
            raw = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[step]
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except KeyError as exc:
        raise SourceError(
            f"{path.name}: there is no {exc} on the way to records = {records!r}"
        ) from exc
    except msgspec.DecodeError as exc:
        raise SourceError(
            f"{path.name}: {exc}",
            hint='a list of records, or say where it is: records = "data.items"',
        ) from exc
