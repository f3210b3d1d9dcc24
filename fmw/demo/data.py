"""The demo's deliveries: three sources, 15 groups, about 3,000 features, 90 days."""

from __future__ import annotations

import csv
import datetime as dt
import heapq
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from fmw.demo.catalogue import Row, aliases, spell
from fmw.demo.sources import SOURCES, Source
from fmw.demo.story import Story

DAYS = 90
SEOUL = ZoneInfo("Asia/Seoul")
SPELLED = ("feature_group", "environment", "status", "owner")


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One full state of a source, in a file, valid from a morning in Seoul."""

    source: str
    effective_at: dt.datetime
    path: Path


def deliveries(folder: Path, end: dt.date) -> Iterator[Delivery]:
    """Write each source's state under `folder/history` whenever it changed, and yield it.

    The 90 days end with `end`; the order is that of time. The same `end` gives the same bytes.
    When the last one has been taken, `folder/<source>.<format>` holds each source's last state.
    """
    histories = [_history(source, folder, end) for source in SOURCES]
    yield from heapq.merge(*histories, key=lambda delivery: delivery.effective_at)


def write_configuration(folder: Path) -> None:
    """Write `sources.toml` and `name_map.csv` (domain, alias, standard) into the folder."""
    _write(folder / "sources.toml", "\n".join(map(_declare, SOURCES)).encode())
    _write(folder / "name_map.csv", _csv([("domain", "alias", "standard"), *aliases()], "\n"))


def _history(source: Source, folder: Path, end: dt.date) -> Iterator[Delivery]:
    before: list[list[str]] = []
    content = b""
    for day, rows in _days(source, end):
        values = [[_written(row, ours) for ours in _fields(source).values()] for row in rows]
        if values != before:
            at = dt.datetime.combine(day, source.at, SEOUL)
            content = _encode(source, values, at)
            path = folder / "history" / source.name / f"{day}.{source.format}"
            _write(path, content)
            yield Delivery(source=source.name, effective_at=at, path=path)
        before = values
    _write(folder / f"{source.name}.{source.format}", content)


def _days(source: Source, end: dt.date) -> Iterator[tuple[dt.date, Iterator[Row]]]:
    """Yield each day with the rows of its morning; the last day is never a still one."""
    rng = Random(f"fmw {source.name}")  # noqa: S311 - a story, not a secret
    start = end - dt.timedelta(days=DAYS - 1)
    story = Story(source, start, rng)
    yield start, story.rows()
    for number in range(1, DAYS):
        day = start + dt.timedelta(days=number)
        story.live(day, must=day == end)
        yield day, story.rows()


def _fields(source: Source) -> dict[str, str]:
    """Return the source's columns in their order: theirs -> the field of a row."""
    return {theirs: ours for ours, theirs in source.columns.items()} | {source.extra: "extra"}


def _encode(source: Source, values: list[list[str]], at: dt.datetime) -> bytes:
    """Return the source's file; its ignored columns, if any, say when it was made."""
    fields = [*_fields(source), *source.ignore]
    table = [[*each, *[at.isoformat()] * len(source.ignore)] for each in values]
    if source.format == "csv":
        return _csv([fields, *table], "\r\n", bom=source.bom)
    documents = (_nest(zip(fields, each, strict=True)) for each in table)
    return b"".join(msgspec.json.encode(document) + b"\n" for document in documents)


def _written(row: Row, field: str) -> str:
    value: str = getattr(row, field)
    return spell(field, value, row.hand) if field in SPELLED else value


def _nest(values: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return {"a": {"b": value}} for ("a.b", value)."""
    document: dict[str, Any] = {}
    for path, value in values:
        *parents, last = path.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return document


def _csv(rows: Iterable[Iterable[str]], newline: str, *, bom: bool = False) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=newline).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def _declare(source: Source) -> str:
    """Return the source's part of `sources.toml`; JSON's strings and lists are TOML's, too."""
    own: dict[str, object] = {
        "name": source.name,
        "kind": source.format,
        "path": f"{source.name}.{source.format}",
        "priority": source.priority,
        "schedule": "*/10 * * * *",
    }
    if source.ignore:
        own["ignore"] = source.ignore
    tables: dict[str, Mapping[str, object]] = {
        "[[source]]": own,
        "[source.columns]": source.columns,
        "[source.constants]": source.constants,
    }
    lines = []
    for header, table in tables.items():
        values = (f"{key} = {json.dumps(table[key], ensure_ascii=False)}" for key in table)
        lines += [header, *values]
    return "\n".join(lines) + "\n"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
