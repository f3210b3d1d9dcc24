"""JSON: one document with a list of records, or one record a line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import msgspec

from etl.declaration import Source
from etl.mapping import parse_path
from etl.reading import File, Progress, read_blocks
from etl.sources.documents import Record
from fmw.errors import SourceError


def read_json(source: Source, file: File, progress: Progress | None) -> Iterator[Record]:
    """Yield the records of the list at `source.records`; raise `SourceError` if there is none."""
    with file.open() as stream:
        text = stream.read()
    if progress:
        progress(len(text))
    for number, record in enumerate(_items(file.name, text, source.records), 1):
        yield Record(f"{file.name}: record {number}", msgspec.json.format(record, indent=-1))


def read_ndjson(source: Source, file: File, progress: Progress | None) -> Iterator[Record]:
    """Yield the lines that are not blank."""
    number = 0
    for block in read_blocks(file, progress):
        for line in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            text = line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").strip()
            if text:
                yield Record(f"{file.name}:{number}", text)


def _items(name: str, text: bytes, records: str | None) -> list[bytes]:
    try:
        raw = msgspec.Raw(text.removeprefix(codecs.BOM_UTF8))
        for step in parse_path(records or ""):
            raw = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[step]
        return [bytes(item) for item in msgspec.json.decode(raw, type=list[msgspec.Raw])]
    except KeyError as exc:
        raise SourceError(f"{name}: there is no {exc} on the way to records = {records!r}") from exc
    except msgspec.DecodeError as exc:
        raise SourceError(
            f"{name}: {exc}",
            hint='a list of records, or say where it is: records = "data.items"',
        ) from exc
