"""What spreadsheets hold, cell by cell: XLSX by openpyxl, older kinds by calamine, HTML by lxml.

The content decides, not the file's name: many systems export an HTML table and call it .xls.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import lxml.html
import msgspec
import python_calamine as calamine
from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import range_boundaries

from etl.reading import BLOCK, File
from etl.sources.encodings import detect_encoding
from fmw.errors import SourceError

OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')

Merge = tuple[int, int, int, int]
"""First column, first row, last column, last row; all count from 1."""


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet."""

    name: str
    """File and sheet."""
    merges: list[Merge]
    rows: Callable[[], Iterator[Sequence[Any]]]
    """Yields every row from the first on: None or "" where a cell is empty."""
    is_1904: bool = False
    """Whether day 0 of a number that is a date is 1904-01-01."""


def open_grid(file: File, sheet: str | None, stack: ExitStack) -> Grid:
    """Return the named sheet of a file, else its first visible one; `stack` closes it later.

    Raises `SourceError` if the file is no spreadsheet or has no such sheet.
    """
    stream = stack.enter_context(file.open())
    head = stream.read(512)
    stream.seek(0)
    if head.startswith(ZIP) and _holds(stream, "xl/workbook.xml"):
        return _open_xlsx(file, sheet, stream)
    if head.startswith((OLE, ZIP)):
        return _open_other(file, sheet, stream)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _open_html(file)
    raise SourceError(
        f"{file.name} is no spreadsheet",
        hint='text with separators is kind = "csv", whatever the file is called',
    )


def _holds(stream: IO[bytes], entry: str) -> bool:
    try:
        with zipfile.ZipFile(stream) as archive:
            return entry in archive.namelist()
    except zipfile.BadZipFile:
        return False
    finally:
        stream.seek(0)


def _pick(file: File, sheet: str | None, states: dict[str, bool]) -> str:
    """Return the sheet to read; `states` says of each whether it is visible."""
    if sheet is None:
        return next((name for name, visible in states.items() if visible), next(iter(states)))
    if sheet not in states:
        raise SourceError(
            f"{file.name}: there is no sheet {sheet!r}", hint=f"there are: {', '.join(states)}"
        )
    return sheet


class _Strings(Sequence[str]):
    """The shared strings of a workbook in one block of bytes: millions of them stay small."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._bytes, self._ends = bytearray(), array("Q", [0])
        parser = iterparse(stream, ("start", "end"))
        _, root = next(parser)
        for event, node in parser:
            if event == "end" and node.tag == f"{MAIN}si":
                texts = (n.text or "" for n in node.iterfind(f"{MAIN}t"))
                runs = (n.text or "" for n in node.iterfind(f"{MAIN}r/{MAIN}t"))
                self._bytes += "".join([*texts, *runs]).encode(errors="surrogatepass")
                self._ends.append(len(self._bytes))
                root.clear()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: Any) -> Any:
        return self._bytes[self._ends[index] : self._ends[index + 1]].decode(errors="surrogatepass")


class _XlsxReader(ExcelReader):  # type: ignore[misc]
    def read_strings(self) -> None:
        part = self.package.find(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        )
        if part is not None:
            with self.archive.open(part.PartName[1:]) as stream:
                self.shared_strings = _Strings(stream)


def _open_xlsx(file: File, sheet: str | None, stream: IO[bytes]) -> Grid:
    try:
        reader = _XlsxReader(stream, read_only=True, data_only=True, keep_links=False)
        reader.read()
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, ParseError) as exc:
        raise SourceError(
            f"{file.name} cannot be read as a workbook: {exc}",
            hint="open it in Excel and save it anew",
        ) from exc
    sheets = {sheet.title: sheet for sheet in reader.wb.worksheets}
    name = _pick(file, sheet, {n: s.sheet_state == "visible" for n, s in sheets.items()})
    chosen = sheets[name]
    chosen.reset_dimensions()  # one stray cell far out makes them say anything
    with reader.archive.open(chosen._worksheet_path) as xml:
        merges = list(_find_merges(xml))
    return Grid(
        name=f"{file.name}[{name}]",
        merges=merges,
        rows=lambda: chosen.iter_rows(values_only=True),
        is_1904=reader.wb.epoch.year == 1904,
    )


def _find_merges(xml: IO[bytes]) -> Iterator[Merge]:
    """Yield the merged ranges, which stand behind the cells; the library reads none in streams."""
    rest = b""
    while block := xml.read(BLOCK):
        text = rest + block
        cut = text.rfind(b"<")
        for match in MERGE.finditer(text, 0, cut):
            yield range_boundaries(match[1].decode())
        rest = text[cut:]


def _open_other(file: File, sheet: str | None, stream: IO[bytes]) -> Grid:
    try:
        book = calamine.CalamineWorkbook.from_filelike(stream)
        visible = calamine.SheetVisibleEnum.Visible
        states = {sheet.name: sheet.visible == visible for sheet in book.sheets_metadata}
        name = _pick(file, sheet, states)
        chosen = book.get_sheet_by_name(name)
    except calamine.PasswordError as exc:
        raise SourceError(
            f"{file.name} is locked by a password", hint="save it without one"
        ) from exc
    except calamine.CalamineError as exc:
        raise SourceError(
            f"{file.name} cannot be read as a workbook: {exc}",
            hint="open it in Excel and save it as .xlsx",
        ) from exc
    merges = [
        (first[1] + 1, first[0] + 1, last[1] + 1, last[0] + 1)
        for first, last in chosen.merged_cell_ranges or []
    ]
    return Grid(
        name=f"{file.name}[{name}]",
        merges=merges,
        rows=lambda: iter(chosen.to_python(skip_empty_area=False)),
    )


def _open_html(file: File) -> Grid:
    with file.open() as stream:
        text = stream.read().decode(detect_encoding(file), errors="replace")
    table = lxml.html.fromstring(text.removeprefix("\ufeff")).find(".//table")
    if table is None:
        raise SourceError(
            f"{file.name} is a web page without a table", hint="save the data itself as .xlsx"
        )
    rows: list[list[str]] = []
    merges: list[Merge] = []
    taken: dict[tuple[int, int], str] = {}
    for number, line in enumerate(table.iter("tr"), 1):
        row: list[str] = []
        for cell in line.iterchildren("td", "th"):
            while (number, len(row)) in taken:
                row.append("")
            width, height = (int(cell.get(name) or 1) for name in ("colspan", "rowspan"))
            first = len(row) + 1
            merges += [(first, number, first + width - 1, number + height - 1)]
            taken |= {
                (number + down, len(row) + right): ""
                for down in range(1, height)
                for right in range(width)
            }
            row += [cell.text_content(), *[""] * (width - 1)]
        rows.append(row)
    merged = [merge for merge in merges if merge[:2] != merge[2:]]
    return Grid(name=file.name, merges=merged, rows=lambda: iter(rows))
