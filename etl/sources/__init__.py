"""Readers: tables and documents, by the kind of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from etl.declaration import Source
from etl.reading import File, Progress, Reader
from etl.sources.csv_file import CsvTable
from etl.sources.documents import DocumentReader, Notation
from etl.sources.grids import open_grid
from etl.sources.json_file import read_json, read_ndjson
from etl.sources.spreadsheet import SheetTable
from etl.sources.table import Table, TableReader
from etl.sources.yaml_file import read_yaml

NOTATIONS: dict[str, Notation] = {"json": read_json, "ndjson": read_ndjson, "yaml": read_yaml}


@contextmanager
def open_reader(
    source: Source, files: Sequence[File], progress: Progress | None = None
) -> Iterator[Reader]:
    """Yield the reader of a delivery; raises `SourceError` if it cannot be read at all."""
    with ExitStack() as stack:
        if source.notation in NOTATIONS:
            yield DocumentReader(source, NOTATIONS[source.notation], files, progress)
        else:
            tables = [_open_table(source, file, stack) for file in files]
            yield TableReader(source, tables, progress)


def _open_table(source: Source, file: File, stack: ExitStack) -> Table:
    if source.notation == "xlsx":
        return SheetTable(source, open_grid(file, source.sheet, stack))
    return CsvTable(source, file)
