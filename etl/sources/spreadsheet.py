"""Sheets as people make them: titles above, headers in two merged rows, groups merged down."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from openpyxl.utils import get_column_letter

from etl.declaration import Source
from etl.mapping import header_key
from etl.reading import Issue, Progress
from etl.sources.grids import Grid, Merge
from etl.sources.table import Row
from fmw.errors import SourceError

SEARCHED = 50
"""Rows among which the header is looked for."""
DEEPEST = 3
"""Rows a header may have."""
DAYS_1904 = 1462
"""Days by which dates counted from 1904 lie behind those counted from 1900."""
TOTALS = frozenset(map(header_key, ("합계", "총계", "소계", "총합계", "total", "subtotal", "sum")))


class SheetTable:
    """The table on one sheet."""

    delimiter = " | "

    def __init__(self, source: Source, grid: Grid) -> None:
        """Find the header: the first rows that name every mapped column.

        Raises `SourceError` if there is none, with the likeliest row.
        """
        self.name = grid.name
        self._grid = grid
        top = [[text(cell) for cell in row] for row in islice(grid.rows(), SEARCHED)]
        if not any(any(row) for row in top):
            raise SourceError(f"{self.name} is empty", hint="a delivery has at least a header row")
        fill_merged(top, grid.merges)
        wanted = {header_key(theirs) for theirs in source.columns.values()}
        self._header_ends, self.header = find_header(top, wanted, grid.merges)
        dates = {header_key(source.columns[ours]) for ours in source.dates}
        keys = [header_key(header) for header in self.header]
        self._dates = {place for place, key in enumerate(keys) if key in dates}
        texts = {header_key(source.columns[o]) for o in TEXTS if o in source.columns} - dates
        self._texts = {place for place, key in enumerate(keys) if key in texts}
        named = {
            header_key(source.columns[ours])
            for ours in ("feature_group", "feature_name")
            if ours in source.columns
        }
        self._named = [place for place, key in enumerate(keys) if key in named]

    def rows(self, notes: list[Issue]) -> Iterator[Row]:
        """Yield the rows below the header that hold anything.

        A total or a remark is no row, and a version typed as a number may have lost a zero: all
        are noted.
        """
        width = len(self.header)
        numeric: Counter[int] = Counter()
        fill_down = _FillDown(self._grid.merges)
        for number, cells in enumerate(self._grid.rows(), 1):
            row = fill_down(number, [*cells[:width], *[None] * (width - len(cells))])
            if number <= self._header_ends or all(is_blank(cell) for cell in cells):
                continue
            place = f"{self.name}:{number}"
            fields = [self._field(cell, at) for at, cell in enumerate(row)]
            if any(header_key(fields[at]) in TOTALS for at in self._named):
                notes.append(_note(place, "total_row", "a total is no row of data", fields))
                continue
            if sum(not is_blank(cell) for cell in cells) == 1 and not all(
                fields[at].strip() for at in self._named
            ):
                notes.append(_note(place, "footnote", "a remark is no row of data", fields))
                continue
            if any(not is_blank(cell) for cell in cells[width:]):
                message = f"a value right of the last header ({get_column_letter(width)}) is left"
                notes.append(_note(place, "beyond_header", message, map(text, cells[width:])))
            numeric.update(
                at
                for at in self._texts
                if isinstance(cells[at] if at < len(cells) else None, float)
                and not float(cells[at]).is_integer()
            )
            yield Row(place, fields, "")
        for at, count in numeric.items():
            notes.append(
                _note(
                    f"{self.name}:{get_column_letter(at + 1)}",
                    "numeric_text",
                    f"{self.header[at]!r} is typed as a number in {count} rows: 1.10 has become"
                    " 1.1; format the column as text",
                    [],
                )
            )

    def plain(self, progress: Progress | None) -> None:
        """COPY reads no workbook."""

    def _field(self, cell: Any, at: int) -> str:
        if at in self._dates and self._grid.is_1904 and isinstance(cell, int | float):
            return text(cell + DAYS_1904)
        return text(cell)


class _FillDown:
    """Gives the cells of ranges merged downwards the value on top, row after row."""

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._ahead: dict[int, list[Merge]] = {}
        for merge in sorted(merges, key=lambda merge: -merge[1]):
            if merge[3] > merge[1]:
                self._ahead.setdefault(merge[0], []).append(merge)
        self._values: dict[int, Any] = {}

    def __call__(self, number: int, row: list[Any]) -> list[Any]:
        for column, ahead in self._ahead.items():
            while ahead and ahead[-1][3] < number:
                ahead.pop()
            if not ahead or column > len(row):
                continue
            if ahead[-1][1] == number:
                self._values[column] = row[column - 1]
            elif ahead[-1][1] < number:
                row[column - 1] = self._values.get(column)
        return row


TEXTS = ("feature_name", "since", "until", "default_value")
"""Our columns in which 1.10 and 1.1 are two values."""


def fill_merged(top: list[list[str]], merges: Sequence[Merge]) -> None:
    """Give every cell of a merged range the text of its first one, in the rows of `top`."""
    for left, first, right, last in merges:
        for row in top[first - 1 : last]:
            row += [""] * (right - len(row))
            row[left - 1 : right] = [top[first - 1][left - 1]] * (right - left + 1)


def find_header(
    top: Sequence[Sequence[str]], wanted: set[str], merges: Sequence[Merge]
) -> tuple[int, list[str]]:
    """Return the number of the header's last row and the headers, two rows joined as "a/b".

    The first place that has all `wanted` counts, one row before two; a cell merged downwards makes
    its header as deep. Without such a place, the one that has most and none twice, for the report.
    """
    depths: dict[int, int] = {}
    for _, first, _, last in merges:
        depths[first] = max(depths.get(first, 1), last - first + 1)
    best = (-1, 0, [""])
    for deep in range(1, DEEPEST + 1):
        for first in range(1, len(top) + 1):
            ends = first + max(deep, min(depths.get(first, 1), DEEPEST)) - 1
            headers = join_headers(top[first - 1 : ends])
            keys = [header_key(header) for header in headers if header]
            found = len(wanted.intersection(keys))
            if found == len(wanted) and sum(map(bool, headers)) > 1:
                return ends, headers
            if found > best[0] and len(set(keys)) == len(keys):
                best = (found, ends, headers)
    return best[1], best[2]


def join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return each column's headers from top to bottom, joined by "/", without repetitions."""
    width = max(map(len, rows))
    headers = []
    for column in range(width):
        cells = [row[column].strip() if column < len(row) else "" for row in rows]
        headers.append("/".join(dict.fromkeys(cell for cell in cells if cell)))
    while headers and not headers[-1]:
        headers.pop()
    return headers


def is_blank(cell: Any) -> bool:
    """Return whether a cell holds nothing to be seen."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text(cell: Any) -> str:
    """Return a cell as it reads: 121 for the number 121.0, ISO 8601 for a date."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime():
            return cell.isoformat(timespec="seconds")
        case dt.date() | dt.time():
            return cell.isoformat()
    return str(cell)


def _note(place: str, code: str, message: str, fields: Any) -> Issue:
    return Issue(place, code, message, SheetTable.delimiter.join(fields), is_warning=True)
