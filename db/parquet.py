"""A CSV file that COPY wrote, as Parquet: for the sync's files and the gateway's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import duckdb

LINE = 2_000_000
"""Bytes of a row that DuckDB expects at most; each of its buffers is sixteen times as large."""
MEGABYTES = 200
"""Memory it may take for rows of that length."""

_TYPES = {
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "real": "REAL",
    "double precision": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp with time zone": "TIMESTAMPTZ",
    "json": "JSON",
    "jsonb": "JSON",
}
"""Of Parquet, by Postgres' name; everything else is text."""
_OTHER_NAMES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "timestamptz": "timestamp with time zone",
}


def plain_type(name: str) -> str:
    """Return the name that `format_type` gives a type of Postgres, without its length."""
    bare = re.sub(r"\(.*?\)", "", name)
    return _OTHER_NAMES.get(bare, bare)


def write_parquet(source: Path, target: Path, columns: Mapping[str, str], longest: int = 0) -> None:
    """Write the rows of a CSV file with header; `columns` are names and Postgres' types, in order.

    `longest` is the bytes of the longest row. Empty is null, `""` the empty text. Raises
    `duckdb.Error` if the disk, or the data, does not allow it.
    """
    longest = max(longest, LINE)
    limit = MEGABYTES + (longest - LINE) * 40 // 1_000_000
    types = {name: _TYPES.get(plain_type(kind), "VARCHAR") for name, kind in columns.items()}
    with duckdb.connect(config={"threads": 2, "memory_limit": f"{limit}MB"}) as duck:
        duck.execute("set enable_progress_bar = false")  # it would go to stdout
        duck.read_csv(
            str(source),
            header=True,
            delimiter=",",
            quotechar='"',
            escapechar='"',
            na_values="",
            allow_quoted_nulls=False,
            columns=types,
            auto_detect=False,
            max_line_size=longest,
        ).write_parquet(str(target), compression="zstd")
