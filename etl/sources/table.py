"""What all tables have in common, whatever holds them: a header, rows, and how they map."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from etl.declaration import Source
from etl.mapping import map_columns, staging_columns
from etl.reading import Issue, Part, Progress
from etl.sources.documents import check_record

ROWS_PER_BLOCK = 2000


class Row(NamedTuple):
    """A row below the header: where it stands, its fields, and why it cannot be taken or ""."""

    place: str
    fields: list[str]
    problem: str


class Table(Protocol):
    """A header and rows."""

    name: str
    header: list[str]
    delimiter: str
    """Between the fields of a row that is shown to a person."""

    def rows(self, notes: list[Issue]) -> Iterator[Row]:
        """Yield the rows, not blank ones; what is doubtful about them goes to `notes`."""

    def plain(self, progress: Progress | None) -> tuple[str, Iterator[bytes]] | None:
        """Return COPY options and bytes if COPY can read the table by itself."""


class TableReader:
    """The tables of one delivery; all of them hold the mapped columns, others may differ."""

    def __init__(
        self, source: Source, tables: Sequence[Table], progress: Progress | None = None
    ) -> None:
        """Map the headers; raise `SourceError` if a table lacks a mapped column."""
        self._tables = tables
        self._progress = progress
        self._table_columns: list[list[str]] = []
        self.columns: list[str] = []
        self.mapping: dict[str, Any] = {}
        known: dict[str, str] = {}
        for table in tables:
            columns = staging_columns(table.header, known)
            mapping = map_columns(source, table.header, columns, table.name)
            mapping["attributes"] |= self.mapping.get("attributes", {})
            self.mapping = mapping
            self._table_columns.append(columns)
            self.columns += [name for name in columns if name not in self.columns]
        self.types = ["jsonb" if name == self.mapping["json"] else "text" for name in self.columns]

    def parts(self, issues: list[Issue], *, careful: bool) -> Iterator[Part]:
        """Yield one part per table."""
        for table, columns in zip(self._tables, self._table_columns, strict=True):
            quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
            options = f"format csv, force_null ({quoted})"
            plain = None if careful else table.plain(self._progress)
            if plain:
                yield Part(columns, f"{options}, {plain[0]}", plain[1])
            else:
                yield Part(columns, options, self._careful_blocks(table, columns, issues))

    def locate(self, rows: set[int]) -> dict[int, str]:
        """Read the tables once more, counting rows."""
        found, number = {}, 0
        for table, columns in zip(self._tables, self._table_columns, strict=True):
            for row in table.rows([]):
                number += not self._problem(row, columns)
                if number in rows and number not in found:
                    found[number] = row.place
        return found

    def _careful_blocks(
        self, table: Table, columns: list[str], issues: list[Issue]
    ) -> Iterator[bytes]:
        """Yield the good rows as plain CSV; the others become issues."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, row in enumerate(table.rows(issues), 1):
            if problem := self._problem(row, columns):
                raw = table.delimiter.join(row.fields).replace("\x00", "\\0")
                raw = raw.encode(errors="backslashreplace").decode()
                issues.append(Issue(row.place, "malformed_row", problem, raw))
            else:
                writer.writerow(row.fields)
            if number % ROWS_PER_BLOCK == 0:
                yield _drain(buffer, self._progress)
        yield _drain(buffer, self._progress)

    def _problem(self, row: Row, columns: list[str]) -> str:
        if row.problem:
            return row.problem
        json = self.mapping["json"]
        if json in columns and (text := row.fields[columns.index(json)].strip()):
            reason = check_record(text.encode(errors="surrogateescape"))
            return reason and f"column {json}: {reason}"
        return ""


def _drain(buffer: io.StringIO, progress: Progress | None) -> bytes:
    block = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    if progress:
        progress(len(block))
    return block
