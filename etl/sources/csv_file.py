"""CSV and its relatives: any delimiter, any encoding, one header per file.

Two ways through one grammar (RFC 4180): a file that is provably plain goes to COPY byte for byte;
anything else is read by the csv module, which can say which row is wrong and why.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from etl.declaration import Source
from etl.reading import File, Issue, Progress, Unfit, read_blocks
from etl.sources.encodings import detect_encoding
from etl.sources.table import Row
from fmw.errors import SourceError

DELIMITERS = ",\t;|"
MARK = b"\x01"
DOS_END = "\x1a"
"""What old programs write at the end of a file."""
csv.field_size_limit(1 << 24)


class CsvTable:
    """How one file is written, and its rows."""

    def __init__(self, source: Source, file: File) -> None:
        """Read the header; raise `SourceError` if there is none."""
        self.name = file.name
        self._file = file
        self._given = source.encoding
        # Enough for the header and for COPY, which stops at the first byte that is not UTF-8.
        self.encoding = self._given or detect_encoding(file, whole=False)
        with self._text() as stream:
            first = stream.readline()
        unquoted = re.sub('"[^"]*"', "", first)
        self.delimiter = source.delimiter or max(DELIMITERS, key=unquoted.count)
        self.header = next((record for _, record, _ in self._records() if any(record)), [])
        if not self.header:
            raise SourceError(f"{self.name} is empty", hint="a delivery has at least a header line")
        # COPY takes the first line for the header, whatever it holds.
        has_header_first = bool(first.strip(f"{self.delimiter} \r\n"))
        is_utf8 = self.encoding in {"utf-8", "utf-8-sig"}
        self._is_plain = has_header_first and is_utf8 and self.delimiter.isascii()

    def rows(self, notes: list[Issue]) -> Iterator[Row]:
        """Yield the rows below the header, not blank lines."""
        self.encoding = self._given or detect_encoding(self._file)
        rows = self._records()
        while not any(next(rows)[1]):
            pass
        for line, record, problem in rows:
            yield Row(f"{self.name}:{line}", record, problem or self._problem(record))

    def plain(self, progress: Progress | None) -> tuple[str, Iterator[bytes]] | None:
        """Return the file as it is, header included, unless it must be decoded."""
        if not self._is_plain:
            return None
        return (
            f"header, delimiter E'\\x{ord(self.delimiter):02x}'",
            self._plain_blocks(progress),
        )

    def _plain_blocks(self, progress: Progress | None) -> Iterator[bytes]:
        """Yield the file as it is, header included; raise `Unfit` if COPY might misread it."""
        inside = False
        for number, block in enumerate(read_blocks(self._file, progress)):
            if number == 0 and block.startswith(codecs.BOM_UTF8):
                block = block[len(codecs.BOM_UTF8) :]
            inside = check_plain(block, self.delimiter.encode(), inside=inside)
            yield block
        if inside:
            raise Unfit

    def _problem(self, record: list[str]) -> str:
        if len(record) != len(self.header):
            return f"the row has {len(record)} fields, the header {len(self.header)}"
        for field in record:
            if "\x00" in field:
                return "the row holds a NUL character"
            if not field.isascii() and not _is_unicode(field):
                return self._encoding_problem(field)
        return ""

    def _encoding_problem(self, field: str) -> str:
        """Refuse a file of two encodings: other rows may be in the wrong one unnoticed."""
        if not self.encoding.startswith("utf"):
            with suppress(UnicodeDecodeError):
                field.encode(self.encoding, "surrogateescape").decode()
                raise SourceError(
                    f"{self.name} holds two encodings: {self.encoding} and UTF-8",
                    hint="save the whole file as UTF-8",
                )
        return f"the row is not valid {self.encoding}"

    def _records(self) -> Iterator[tuple[int, list[str], str]]:
        with self._text() as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            while True:
                began = reader.line_num + 1
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error as exc:
                    if "end of data" in str(exc):
                        raise SourceError(
                            f"{self.name}:{began}: a quote is opened and never closed",
                            hint="the file is cut off, or a quote stands where none belongs",
                        ) from exc
                    yield reader.line_num, [], str(exc)
                    continue
                if record and record != [DOS_END]:
                    yield reader.line_num, record, ""

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            self._file.open(), encoding=self.encoding, errors="surrogateescape", newline=""
        )


def check_plain(block: bytes, delimiter: bytes, *, inside: bool) -> bool:
    """Prove that COPY reads `block` as RFC 4180 does, or raise `Unfit`.

    Quotes must open at the start of a field and close at its end. `inside` says whether the block
    starts within a quoted field; returns whether it ends within one.
    """
    if b"\x00" in block or MARK in block or block.startswith(b"\\.") or b"\n\\." in block:
        raise Unfit
    if b'"' not in block:
        return inside
    pieces = block.replace(b'""', MARK).split(b'"')
    outside = pieces[inside::2]
    ends_inside = inside ^ (len(pieces) % 2 == 0)
    opened = outside if ends_inside else outside[:-1]
    closed = outside if inside else outside[1:]
    if (
        any(MARK in piece for piece in outside)
        or not {piece[-1:] for piece in opened} <= {delimiter, b"\n", b""}
        or not {piece[:1] for piece in closed} <= {delimiter, b"\n", b"\r"}
    ):
        raise Unfit
    return ends_inside


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
