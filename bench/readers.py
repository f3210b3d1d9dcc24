"""Rows per second of each reader, against the bare library of it.

Run: `python -m bench.readers [ROWS [ROUNDS]]`.

Ours is all that a sync does before Postgres: finding the columns, checking every row, writing what
COPY takes, and remembering where each row stood. Bare is the library alone, which reads every value
of the same file and throws it away.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import msgspec
import openpyxl
import psycopg
import xlsxwriter
import yaml
from rich.console import Console
from rich.table import Table

from bench import sync
from bench.installation import installation, settle
from db.connection import admin_conninfo
from etl.declaration import Source
from etl.delivery import delivered, given_files
from etl.sources import open_reader
from fmw.settings import Settings

VARIABLE = "BENCH_DSN"
Read = Callable[[], object]


def ours(source: Source, *, careful: bool = True) -> None:
    """Read a delivery as a sync does, without Postgres."""
    files = given_files([source.home / source.path]) if source.path else None
    with delivered(source, files, []) as found, open_reader(source, found) as reader:
        for part in reader.parts([], careful=careful):
            for _ in part.blocks:
                pass


def bare_csv(path: Path) -> None:
    """Read it by the standard library's csv."""
    with path.open(encoding="utf-8", newline="") as stream:
        for _ in csv.reader(stream):
            pass


def bare_xlsx(path: Path) -> None:
    """Read it by openpyxl, as a stream."""
    book = openpyxl.load_workbook(path, read_only=True)
    for _ in book.active.iter_rows(values_only=True):
        pass
    book.close()


def bare_json(path: Path) -> None:
    """Read it by msgspec, whole."""
    msgspec.json.decode(path.read_bytes())


def bare_ndjson(path: Path) -> None:
    """Read it by msgspec, line by line."""
    decode = msgspec.json.Decoder().decode
    with path.open("rb") as stream:
        for line in stream:
            decode(line)


def bare_yaml(path: Path) -> None:
    """Read it by PyYAML's C loader."""
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def bare_http(url: str) -> None:
    """Get it by httpx, read it by msgspec."""
    msgspec.json.decode(httpx.get(url).content)


def bare_sql(conninfo: str, query: str, path: Path) -> None:
    """COPY it to a file, and read that by the standard library's csv."""
    command = f"copy ({query}) to stdout with (format csv, header)".encode()
    with (
        psycopg.connect(conninfo) as conn,
        path.open("wb") as stream,
        conn.cursor().copy(command) as copy,
    ):
        for block in copy:
            stream.write(block)
    bare_csv(path)


def write_files(folder: Path, count: int) -> list[dict[str, str]]:
    """Write the same rows in every notation and return them."""
    data = sync.rows(count)
    names = sync.HEADER.split(",")
    sync.write(folder / "rows.csv", data)
    records = [dict(zip(names, row[:-1], strict=False)) for row in data]
    (folder / "rows.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "rows.ndjson").write_text(lines, encoding="utf-8")
    options = {"constant_memory": True, "strings_to_urls": False}
    book = xlsxwriter.Workbook(folder / "rows.xlsx", options)
    sheet = book.add_worksheet()
    for number, row in enumerate([names[:-1], *(row[:-1] for row in data)]):
        sheet.write_row(number, 0, row)
    book.close()
    return records


def write_yaml(folder: Path, records: list[dict[str, str]]) -> None:
    """Write a list of mappings."""
    text = yaml.dump(records, Dumper=yaml.CSafeDumper, allow_unicode=True)
    (folder / "rows.yaml").write_text(text, encoding="utf-8")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP on a loopback port."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cases(settings: Settings, count: int, url: str) -> Iterator[tuple[str, int, Read, Read]]:
    """Yield name, rows, our reader and the bare library."""
    folder = settings.home
    records = write_files(folder, count)
    few = max(count // 10, 1)  # PyYAML takes its time
    write_yaml(folder, records[:few])

    def declared(kind: str, **fields: str) -> Source:
        columns = {key: value for key, value in sync.SOURCE.columns.items() if key != "attributes"}
        fields = fields or {"path": f"rows.{kind}"}
        common = {"columns": columns, "home": folder, "spool": folder / "spool"}
        return msgspec.convert({"name": "bench", "kind": kind, **common, **fields}, Source)

    for kind, rows, bare in (
        ("csv", count, bare_csv),
        ("xlsx", count, bare_xlsx),
        ("json", count, bare_json),
        ("ndjson", count, bare_ndjson),
        ("yaml", few, bare_yaml),
    ):
        path = folder / f"rows.{kind}"
        if kind == "csv":
            fast = partial(ours, declared(kind), careful=False)
            yield "csv, plain (COPY reads it)", rows, fast, partial(bare, path)
        yield kind, rows, partial(ours, declared(kind)), partial(bare, path)
    page = f"{url}/rows.json"
    source = declared("http", url=page)
    yield "http, one page", count, partial(ours, source), partial(bare_http, page)
    query = "select * from bench_rows"
    source = declared("sql", dsn_env=VARIABLE, query=query)
    bare = partial(bare_sql, admin_conninfo(settings), query, folder / "bare.csv")
    yield "sql, Postgres", count, partial(ours, source), bare


def measure(settings: Settings, count: int, rounds: int) -> Iterator[tuple[str, float, float]]:
    """Yield name, our rows per second and the bare library's: medians, taken by turns."""
    conninfo = admin_conninfo(settings)
    os.environ[VARIABLE] = conninfo
    with psycopg.connect(conninfo, autocommit=True) as admin, served(settings.home) as url:
        for name, rows, read, bare in cases(settings, count, url):
            if name.startswith("sql"):
                sync.bare_copy(admin, settings.home / "rows.csv")
                admin.execute("alter table bench_copy rename to bench_rows")
            settle(admin)
            pairs = [(sync.timed(read), sync.timed(bare)) for _ in range(rounds)]
            took, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
            yield name, rows / took, rows / floor


def main() -> None:
    """Measure in an installation of its own."""
    given = [int(word) for word in sys.argv[1:]]
    count, rounds = given + [100_000, 3][len(given) :]
    table = Table(
        "reader", title=f"{count:,} rows, a tenth for yaml: rows a second, {rounds} rounds"
    )
    for name in ("FMW", "bare library", "time ratio"):
        table.add_column(name, justify="right")
    with installation() as settings:
        for name, fast, bare in measure(settings, count, rounds):
            table.add_row(name, f"{fast:,.0f}", f"{bare:,.0f}", f"{bare / fast:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
