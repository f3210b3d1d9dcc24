"""Readers: one module per kind of source."""

from __future__ import annotations

from pathlib import Path

from etl.declaration import Source
from etl.reading import Progress, Reader
from etl.sources.csv_file import CsvReader
from etl.sources.json_file import JsonReader

READERS: dict[str, type[CsvReader] | type[JsonReader]] = {
    "csv": CsvReader,
    "json": JsonReader,
    "ndjson": JsonReader,
}


def open_reader(source: Source, files: list[Path], progress: Progress | None = None) -> Reader:
    """Return the reader of a delivery; raises `SourceError` if it cannot be read at all."""
    return READERS[source.kind](source, files, progress)
