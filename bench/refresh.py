"""A refresh after 1 % of N features changed: `python -m bench.refresh [N]`.

Another process reads one group over and over; its longest read is shown beside that of the time
before. And api.daily_counts alone, for a ledger of two million changes on 90 days, in 50 groups and
in 500, for its cost goes by days and groups. Ratios are to a bare COPY of the features' file, as in
bench.sync.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

import psycopg
from rich.console import Console
from rich.table import Table

from bench import sync
from bench.installation import installation, settle
from db.connection import ETL, admin_conninfo, connect
from etl.runs import Order
from etl.sync import locked, refresh, sync_source
from fmw.settings import Settings

LONGEST_WAIT = 100
"""Milliseconds a reader may wait, at a million features."""
DELTAS = """
insert into core.daily_deltas
    (day, feature_group, kind, status, environment, created, updated, net)
select
    current_date - d, 'g' || g, 'feature', 's' || s, 'all', (d = 89)::int * 60,
    2000000 / 360 / %(groups)s, (d = 89)::int * 60
from generate_series(0, 89) as d
cross join generate_series(1, %(groups)s) as g
cross join generate_series(1, 4) as s
"""
"""Two million changes, evenly over 90 days, the groups and 4 statuses: no cell has a quiet day."""


def read(conninfo: str, stop: Event, results: Connection) -> None:
    """Read one group until told to stop; send the longest read of each second, in milliseconds."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("set role fmw_reader")
        results.send(0.0)
        longest = 0.0
        while not stop.is_set():
            began = time.perf_counter()
            conn.execute(
                "select * from api.features where feature_group = 'Group 00007'"
            ).fetchall()
            longest = max(longest, (time.perf_counter() - began) * 1000)
            if results.poll():
                results.recv()
                results.send(longest)
                longest = 0.0


def longest_reads(settings: Settings, action: object) -> list[float]:
    """Return a reader's longest read while nothing happens, and while `action` runs."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    stop = context.Event()
    process = context.Process(target=read, args=(admin_conninfo(settings), stop, theirs))
    process.start()
    ours.recv()
    found = []
    for step in (lambda: time.sleep(3), action):
        ours.send("begin")
        ours.recv()
        step()  # type: ignore[operator]
        ours.send("end")
        found.append(ours.recv())
    stop.set()
    process.join()
    return found


def measure(settings: Settings, count: int) -> Table:
    """Return a line per measurement."""
    table = Table(title=f"{count:,} features")
    for name in ("what", "measured", "target"):
        table.add_column(name, justify="left" if name == "what" else "right")
    data = sync.rows(count)
    first = sync.write(settings.home / "first.csv", data)
    data[::100] = [[*row[:3], "종료", *row[4:]] for row in data[::100]]
    changed = sync.write(settings.home / "changed.csv", data)
    with (
        psycopg.connect(admin_conninfo(settings), autocommit=True) as admin,
        connect(settings, ETL) as conn,
        locked(conn),
    ):
        sync_source(conn, sync.SOURCE, Order(files=[first]))
        refresh(conn)
        sync_source(conn, sync.SOURCE, Order(files=[changed]))
        settle(admin)
        floor = sync.timed(lambda: sync.bare_copy(admin, first))
        took: list[float] = []
        before = admin.execute("select pg_current_wal_lsn()").fetchone()
        quiet, during = longest_reads(
            settings, lambda: took.append(sync.timed(lambda: refresh(conn)))
        )
        wal = admin.execute(
            "select round(pg_wal_lsn_diff(pg_current_wal_lsn(), %s) / 1e6)", before
        ).fetchone()
        table.add_row("refresh after 1 %, to COPY", f"{took[0] / floor:.1f}", "")
        table.add_row("its WAL", f"{wal[0] if wal else 0} MB", "")
        table.add_row("longest read before it", f"{quiet:.0f} ms", "")
        table.add_row("longest read during it", f"{during:.0f} ms", f"{LONGEST_WAIT} ms")
        for groups in (50, 500):
            admin.execute("truncate core.daily_deltas")
            admin.execute(DELTAS, {"groups": groups})
            for _ in range(2):
                settle(admin)
                counted = sync.timed(
                    lambda: admin.execute("refresh materialized view concurrently api.daily_counts")
                )
            what = f"daily_counts of 2M changes in {groups} groups, to COPY"
            table.add_row(what, f"{counted / floor:.2f}", "0.1 at 1M")
    return table


def main() -> None:
    """Measure in an installation of its own."""
    with installation() as settings:
        table = measure(settings, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
