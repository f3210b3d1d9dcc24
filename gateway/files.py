"""Answers that are files and not streams of rows: workbooks and Parquet.

Both are complete only at their end, so they are written to a temporary file, in bounded memory,
before the first byte is sent. What Postgres sends is the CSV of `gateway.formats`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import xlsxwriter

from db.parquet import plain_type, write_parquet
from gateway.errors import ApiError
from gateway.formats import KOREA

_KOREA = ZoneInfo(KOREA)
MAX_ROWS = 1_048_575
"""Rows a sheet holds below its header."""
MAX_CELL = 32_767
"""Characters a cell holds."""
DIGITS = 15
"""Digits of a number that survive in a spreadsheet."""
WIDEST = 60
"""Characters a column is wide at most."""
MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""When every workbook says it was made: the same rows are the same bytes."""

_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}


class Writer(Protocol):
    """Makes a file of the rows of one answer."""

    def add(self, block: bytes) -> None:
        """Take whole lines of CSV; the first is the header."""

    def close(self) -> None:
        """Complete the file."""

    def discard(self) -> None:
        """Let go of what was begun and cannot be completed."""


class Workbook:
    """One sheet: a frozen header with filters, numbers and dates as such, instants in Korean time.

    Texts are never formulas. Raises `ApiError` 400 for more rows than a sheet holds.
    """

    def __init__(self, path: Path, types: Sequence[str]) -> None:
        self._book = xlsxwriter.Workbook(
            path, {"constant_memory": True, "strings_to_urls": False, "tmpdir": str(path.parent)}
        )
        self._book.set_properties({"created": MOMENT})
        self._sheet = self._book.add_worksheet()
        self._head = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._types = [plain_type(kind) for kind in types]
        self._next = 0

    def add(self, block: bytes) -> None:
        """Write the rows of a block; the first block's decide how wide the columns are."""
        rows = list(csv.reader(io.StringIO(block.decode(), newline="")))
        if self._next == 0:
            self._begin(rows)
        for row in rows:
            if self._next > MAX_ROWS:
                hint = "narrow the request, or take format=csv"
                message = f"A sheet holds {MAX_ROWS:,} rows, and there are more"
                raise ApiError(400, "PGRST100", message, hint=hint)
            for column, value in enumerate(row):
                if value:
                    self._write(column, value)
            self._next += 1

    def close(self) -> None:
        """Complete the file."""
        self._sheet.autofilter(0, 0, max(self._next - 1, 0), len(self._types) - 1)
        self.discard()

    def discard(self) -> None:
        """Close it all the same: the library would leave its own files open."""
        if not self._book.fileclosed:
            self._book.close()

    def _begin(self, rows: list[list[str]]) -> None:
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(rows[0]):
            longest = max(_width(row[column]) for row in rows[:200] if row)
            self._sheet.set_column(column, column, min(longest + 2, WIDEST))
            self._sheet.write_string(0, column, name, self._head)
        del rows[0]
        self._next = 1

    def _write(self, column: int, value: str) -> None:
        kind, place = self._types[column], (self._next, column)
        if kind in _NUMBERS and (number := _number(value)) is not None:
            self._sheet.write_number(*place, number)
        elif kind == "boolean":
            self._sheet.write_boolean(*place, value == "t")
        elif kind == "date" and (moment := _moment(value)):
            self._sheet.write_datetime(*place, moment, self._day)
        elif kind == "timestamp with time zone" and (moment := _korean_moment(value)):
            self._sheet.write_datetime(*place, moment, self._instant)
        else:
            cut = value if len(value) <= MAX_CELL else value[: MAX_CELL - 1] + "…"
            self._sheet.write_string(*place, cut)


class Parquet:
    """One table with the types of Postgres; what Parquet has no type for is text."""

    def __init__(self, path: Path, types: Sequence[str]) -> None:
        self._path = path
        self._types = types
        self._source = path.with_suffix(".csv")
        self._lines = self._source.open("wb")
        self._longest = 0
        self._names: list[str] = []

    def add(self, block: bytes) -> None:
        """Keep the block for later."""
        if not self._names:
            self._names = next(csv.reader(io.StringIO(block.decode(), newline="")))
        self._longest = max(self._longest, len(block))
        self._lines.write(block)

    def close(self) -> None:
        """Turn what was kept into the file."""
        self._lines.close()
        columns = dict(zip(self._names, self._types, strict=True))
        write_parquet(self._source, self._path, columns, self._longest)

    def discard(self) -> None:
        """Close what was kept; its folder goes with it."""
        self._lines.close()


WRITERS: dict[str, type[Workbook] | type[Parquet]] = {"xlsx": Workbook, "parquet": Parquet}


def _number(value: str) -> float | None:
    """Return a number that a spreadsheet keeps as it is; None = better a text."""
    digits = value.strip("-0.").replace(".", "")
    is_kept = len(digits) <= DIGITS and re.fullmatch(r"-?\d+(\.\d+)?", value)
    return float(value) if is_kept else None


def _moment(value: str) -> dt.datetime | None:
    """Return a date or instant that a spreadsheet knows; None = better a text."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:  # infinity, before Christ
        return None
    return moment if moment.year >= 1900 else None


def _korean_moment(value: str) -> dt.datetime | None:
    """Return an instant as the clocks in Korea say it, in the same way."""
    moment = _moment(value)
    if moment is None or moment.year == dt.MAXYEAR:  # it may end earlier than ours
        return None
    return moment.astimezone(_KOREA).replace(tzinfo=None)


def _width(value: str) -> int:
    """Return how many Latin letters wide a text is: a Korean syllable is two."""
    return sum(2 if ord(letter) >= 0x1100 else 1 for letter in value[:WIDEST])
