"""A full sync against Django, pandas and dlt: `python -m bench.peers [ROWS [NAME...]]`.

Run: `uv run --with django==5.2.19 --with pandas==3.1.1 --with "dlt[postgres]==1.31.0" python -m
bench.peers`. NAME is orm, frames or pipeline; none = all.

All bring the same deliveries into the same server: the first one, one where no row differs, that
file once more, one where 1 % of the rows differ. FMW compares, checks and accounts for every row
and keeps the history; the others keep a table of the same columns without any.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench import sync
from bench.installation import installation, settle
from db.connection import ETL, admin_conninfo, connect
from etl.runs import Order
from etl.sync import locked, sync_source
from fmw.settings import Settings

PEERS = ("orm", "frames", "pipeline")
DELIVERIES = ("first load", "no row differs", "same bytes", "1 % changed")


def write_deliveries(folder: Path, count: int) -> list[Path]:
    """Write the deliveries and return their files in order."""
    data = sync.rows(count)
    first = sync.write(folder / "first.csv", data)
    moved = sync.write(folder / "moved.csv", data[1:] + data[:1])
    data[::100] = [[*row[:3], "종료", *row[4:]] for row in data[::100]]
    return [first, moved, moved, sync.write(folder / "changed.csv", data)]


def measure(
    admin: psycopg.Connection, files: list[Path], take: Callable[[Path], object]
) -> list[float]:
    """Return the seconds of each delivery."""
    seconds = []
    for file in files:
        settle(admin)
        seconds.append(sync.timed(partial(take, file)))
        admin.execute("vacuum analyze")  # as autovacuum does in its time
    return seconds


def run(settings: Settings, count: int, names: list[str]) -> Table:
    """Return the seconds of everybody, and how many times as fast FMW is."""
    table = Table("", *DELIVERIES, title=f"{count:,} rows: seconds (times as long as FMW)")
    files = write_deliveries(settings.home, count)
    conninfo = admin_conninfo(settings)
    with psycopg.connect(conninfo, autocommit=True) as admin:
        with connect(settings, ETL) as conn, locked(conn):
            ours = measure(
                admin, files, lambda file: sync_source(conn, sync.SOURCE, Order(files=[file]))
            )
        table.add_row("FMW", *(f"{seconds:.3f}" for seconds in ours))
        for name in names:
            peer = import_module(f"bench.peers.{name}").Peer(conninfo, settings.home)
            theirs = measure(admin, files, peer.take)
            pairs = zip(theirs, ours, strict=True)
            table.add_row(peer.name, *(f"{slow:.1f} ({slow / fast:.0f}x)" for slow, fast in pairs))
            peer.close()
    return table


def main() -> None:
    """Measure in an installation of its own."""
    count, *names = sys.argv[1:] or ["10000"]
    with installation() as settings:
        table = run(settings, int(count), names or list(PEERS))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
