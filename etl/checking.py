"""A look at a source before its first run: how its columns map and what its values become."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from etl.declaration import ATTRIBUTES, DATES, Source
from etl.delivery import delivered, find_files
from etl.reading import Issue, Part
from etl.sources import open_reader
from etl.sync import KOREA, UNREADABLE, copy_part
from fmw.errors import SourceError

MAX_BLOCKS = 1
"""Blocks of a part that are looked at: one or two thousand rows."""


class Value(msgspec.Struct, frozen=True):
    """A delivered value and what it becomes; `ours` is "attributes" for a column of theirs."""

    ours: str
    raw: str | None
    becomes: str | None
    rows: int


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What the first rows of a delivery show."""

    files: list[str]
    rows: int
    issues: list[Issue]
    values: dict[str, list[Value]]
    """By our field, the most frequent first."""
    attributes: list[Value]
    """`raw` is their column, `becomes` a value of it."""


def check_source(conn: psycopg.Connection, source: Source) -> Check:
    """Read the first rows of each file into a transaction that is rolled back.

    `conn` is an autocommit connection of the etl role that holds the lock. Raises `SourceError` if
    the source cannot be reached, or read as it is declared.
    """
    files = find_files(source) if source.path else None
    issues: list[Issue] = []
    try:
        with (
            conn.transaction(force_rollback=True),
            delivered(source, files, issues) as delivery,
            open_reader(source, delivery) as reader,
        ):
            conn.execute(
                "select core.create_staging(%s, %s, %s)",
                [source.name, reader.columns, reader.types],
            )
            rows = sum(
                copy_part(conn, source.name, _first(part))
                for part in reader.parts(issues, careful=True)
            )
            with conn.cursor(row_factory=class_row(Value)) as cursor:
                values = cursor.execute(
                    "select * from core.preview(%s, %s)", [source.name, Jsonb(reader.mapping)]
                ).fetchall()
    except UNREADABLE as exc:
        if isinstance(exc, psycopg.OperationalError):
            raise
        raise SourceError(f"source {source.name}: {exc}") from exc
    return Check(
        files=[file.name for file in delivery],
        rows=rows,
        issues=issues,
        values={
            ours: [value for value in values if value.ours == ours]
            for ours in dict.fromkeys(value.ours for value in values)
            if ours != ATTRIBUTES
        },
        attributes=[value for value in values if value.ours == ATTRIBUTES],
    )


def list_sources(conn: psycopg.Connection, sources: list[Source]) -> list[list[object]]:
    """Return name, kind, place, schedule, last run (Korean time), its status, live features."""
    rows = conn.execute(
        "select distinct on (r.source) r.source, r.requested_at, r.status,"
        " (select count(*) from api.features as f where f.source = r.source)"
        " from ops.runs as r order by r.source, r.run_id desc"
    ).fetchall()
    last = {
        name: [f"{moment.astimezone(KOREA):%Y-%m-%d %H:%M}", status, f"{features:,}"]
        for name, moment, status, features in rows
    }
    return [
        [s.name, s.kind, s.place, s.schedule or "on request", *last.get(s.name, ["never", "", "0"])]
        for s in sources
    ]


def normalised(check: Check) -> Iterator[Value]:
    """Yield the values that are stored otherwise than they are delivered, but for white space."""
    for values in check.values.values():
        for value in values:
            if value.becomes and value.becomes.split() != (value.raw or "").split():
                yield value


def undated(check: Check, source: Source) -> Iterator[Value]:
    """Yield the values of date columns that no date can be made of; their rows are rejected."""
    for ours in DATES:
        if ours in source.dates:
            yield from (
                value
                for value in check.values.get(ours, ())
                if value.raw is not None and value.becomes is None
            )


def _first(part: Part) -> Part:
    return msgspec.structs.replace(part, blocks=islice(part.blocks, MAX_BLOCKS))
