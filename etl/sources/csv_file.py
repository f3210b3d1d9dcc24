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
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from etl.declaration import Source
from etl.mapping import map_columns, staging_columns
from etl.reading import BLOCK, Issue, Part, Progress, Unfit, open_bytes, read_blocks
from etl.sources.json_file import check_record
from fmw.errors import SourceError

DELIMITERS = ",\t;|"
ENCODINGS = ["utf_8", "cp949", "euc_kr", "utf_16", "shift_jis", "cp1252"]
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
MARK = b"\x01"
FOREIGN = re.compile(rb"[\x80-\xff]")
HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
"""The syllables of KS X 1001, all but a few of those in use, as EUC-KR and CP949 have them."""
ROWS_PER_BLOCK = 2000
SAMPLE = 1 << 20

csv.field_size_limit(1 << 24)


class CsvReader:
    """The CSV files of one delivery; all of them hold the mapped columns, others may differ."""

    def __init__(self, source: Source, files: list[Path], progress: Progress | None = None) -> None:
        """Read the headers; raise `SourceError` if a file is empty or lacks a mapped column."""
        self._files = [_Dialect(source, path) for path in files]
        self._progress = progress
        self.columns: list[str] = []
        self.mapping: dict[str, Any] = {}
        known: dict[str, str] = {}
        for file in self._files:
            file.columns = staging_columns(file.header, known)
            mapping = map_columns(source, file.header, file.columns, file.path.name)
            mapping["attributes"] |= self.mapping.get("attributes", {})
            self.mapping = mapping
            file.json = mapping["json"]
            self.columns += [name for name in file.columns if name not in self.columns]
        self.types = ["jsonb" if name == self.mapping["json"] else "text" for name in self.columns]

    def parts(self, issues: list[Issue], *, careful: bool) -> Iterator[Part]:
        """Yield one part per file."""
        for file in self._files:
            quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in file.columns)
            options = f"format csv, force_null ({quoted})"
            if careful or not file.is_plain:
                yield Part(file.columns, options, file.careful_blocks(issues, self._progress))
            else:
                delimiter = file.delimiter.replace("\t", "\\t")
                options += f", header, delimiter E'{delimiter}'"
                yield Part(file.columns, options, file.plain_blocks(self._progress))

    def locate(self, rows: set[int]) -> dict[int, str]:
        """Read the files once more, counting lines."""
        found, row = {}, 0
        for file in self._files:
            for line, _, problem in file.records():
                row += not problem
                if row in rows and row not in found:
                    found[row] = f"{file.path.name}:{line}"
        return found


class _Dialect:
    """How one file is written, and its rows."""

    def __init__(self, source: Source, path: Path) -> None:
        self.path = path
        self._given = source.encoding
        # Enough for the header and for COPY, which stops at the first byte that is not UTF-8.
        self.encoding = self._given or detect_encoding(path, whole=False)
        with self._text() as stream:
            first = stream.readline()
        unquoted = re.sub('"[^"]*"', "", first)
        self.delimiter = source.delimiter or max(DELIMITERS, key=unquoted.count)
        self.header = next((record for _, record, _ in self._all_records() if any(record)), [])
        if not self.header:
            raise SourceError(f"{path.name} is empty", hint="a delivery has at least a header line")
        self.columns: list[str] = []
        # COPY takes the first line for the header, whatever it holds.
        has_header_first = bool(first.strip(f"{self.delimiter} \r\n"))
        self.is_plain = has_header_first and self.encoding in {"utf-8", "utf-8-sig"}
        self.json: str | None = None

    def records(self) -> Iterator[tuple[int, list[str], str]]:
        """Yield (line, fields, what is wrong) of each row below the header, not of blank lines."""
        self.encoding = self._given or detect_encoding(self.path)
        rows = self._all_records()
        while not any(next(rows)[1]):
            pass
        for line, record, problem in rows:
            yield line, record, problem or self._problem(record)

    def plain_blocks(self, progress: Progress | None) -> Iterator[bytes]:
        """Yield the file as it is, header included; raise `Unfit` if COPY might misread it."""
        inside = False
        for number, block in enumerate(read_blocks(self.path, progress)):
            if number == 0 and block.startswith(codecs.BOM_UTF8):
                block = block[len(codecs.BOM_UTF8) :]
            inside = check_plain(block, self.delimiter.encode(), inside=inside)
            yield block
        if inside:
            raise Unfit

    def careful_blocks(self, issues: list[Issue], progress: Progress | None) -> Iterator[bytes]:
        """Yield the good rows as plain CSV; the others become issues."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, (line, record, problem) in enumerate(self.records(), 1):
            if problem:
                raw = self.delimiter.join(record).replace("\x00", "\\0")
                raw = raw.encode(errors="backslashreplace").decode()
                issues.append(Issue(f"{self.path.name}:{line}", "malformed_row", problem, raw))
            else:
                writer.writerow(record)
            if number % ROWS_PER_BLOCK == 0:
                yield _drain(buffer, progress)
        yield _drain(buffer, progress)

    def _problem(self, record: list[str]) -> str:
        if len(record) != len(self.header):
            return f"the row has {len(record)} fields, the header {len(self.header)}"
        if reason := self._json_problem(record):
            return f"column {self.json}: {reason}"
        for field in record:
            if "\x00" in field:
                return "the row holds a NUL character"
            if not field.isascii() and not _is_unicode(field):
                return f"the row is not valid {self.encoding}"
        return ""

    def _json_problem(self, record: list[str]) -> str:
        text = record[self.columns.index(self.json)].strip() if self.json else ""
        return check_record(text.encode(errors="surrogateescape")) if text else ""

    def _all_records(self) -> Iterator[tuple[int, list[str], str]]:
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
                            f"{self.path.name}:{began}: a quote is opened and never closed",
                            hint="the file is cut off, or a quote stands where none belongs",
                        ) from exc
                    yield reader.line_num, [], str(exc)
                    continue
                if record:
                    yield reader.line_num, record, ""

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(
            open_bytes(self.path), encoding=self.encoding, errors="surrogateescape", newline=""
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


def detect_encoding(path: Path, *, whole: bool = True) -> str:
    """Return a file's encoding: its byte-order mark's, else UTF-8 if it is, else the likeliest.

    Looks at the whole file, or at its first megabyte. A UTF-8 file with a few broken bytes is still
    one: the rows that hold them are rejected.
    """
    with open_bytes(path) as stream:
        head = stream.read(SAMPLE)
        for bom, encoding in BOMS.items():
            if head.startswith(bom):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            block = head
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK) if whole else b""
            return "utf-8"
        except UnicodeDecodeError:
            parts = [head] if block is head else [head, block[block.find(b"\n") + 1 :]]
            sample = b"".join(part[: part.rfind(b"\n") + 1] or part for part in parts)
    text = sample.decode("utf-8", "replace")
    foreign = sum(not character.isascii() for character in text)
    if text.count("\ufffd") * 10 < foreign:
        return "utf-8"
    if _is_korean(sample):
        return "cp949"
    best = from_bytes(sample, cp_isolation=ENCODINGS).best()
    return best.encoding if best else "cp949"


def _is_korean(sample: bytes) -> bool:
    """Return whether this is CP949 text, however short: statistics need more than a row or two."""
    try:
        sample.decode("cp949")
    except UnicodeDecodeError:
        return False
    return 2 * len(HANGUL.findall(sample)) > 0.8 * len(FOREIGN.findall(sample))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _drain(buffer: io.StringIO, progress: Progress | None) -> bytes:
    block = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    if progress:
        progress(len(block))
    return block
