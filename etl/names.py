"""The name map as a CSV file: domain, alias, standard."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path
from typing import BinaryIO

import psycopg

from etl.reading import File
from etl.sources.encodings import detect_encoding
from fmw.errors import SourceError

DOMAINS = ("kind", "feature_group", "environment", "status", "owner")
COLUMNS = ["domain", "alias", "standard"]


def load_names(conn: psycopg.Connection, path: Path) -> int:
    """Add the aliases of `path` (columns domain, alias, standard) or none; return their number.

    Raises `SourceError` with the line of a row the name map refuses.
    """
    with (
        path.open(encoding=detect_encoding(File(path.name, path)), newline="") as stream,
        conn.transaction(),
    ):
        reader = csv.DictReader(stream)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise SourceError(
                f"{path} lacks a column", hint=f"its header must hold {', '.join(COLUMNS)}"
            )
        count = 0
        for row in reader:
            count += 1
            try:
                conn.execute("select core.set_alias(%s, %s, %s)", [row[name] for name in COLUMNS])
            except psycopg.Error as exc:
                reason = exc.diag.message_primary
                if exc.diag.constraint_name == "name_map_domain_known":
                    reason = f"there is no domain {row['domain']!r}"
                raise SourceError(
                    f"{path}:{reader.line_num}: {reason}",
                    hint=exc.diag.message_hint or f"the domains are {', '.join(DOMAINS)}",
                ) from exc
    return count


def export_names(conn: psycopg.Connection, stream: BinaryIO, *, bom: bool = False) -> None:
    """Write all aliases as `load_names` reads them; Excel wants the byte-order mark."""
    if bom:
        stream.write(codecs.BOM_UTF8)
    query = (
        "copy (select domain, alias, standard from api.aliases order by domain, alias)"
        " to stdout with (format csv, header, encoding 'utf8')"
    )
    with conn.cursor().copy(query) as copy:
        for block in copy:
            stream.write(block)
