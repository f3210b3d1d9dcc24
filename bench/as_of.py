"""The past at N changes of 100,000 features: `python -m bench.as_of [CHANGES]`.

200 features to a group; the changes are spread evenly over the features and the last 365 days.
Asked is for one group, and for everything, at several distances. Beside each stands the time of the
same rows as they are today, read from the snapshot: what the past costs more.
"""

from __future__ import annotations

import statistics
import sys
import time

import psycopg
from rich.console import Console
from rich.table import Table

from bench.installation import installation
from db.connection import READER, admin_conninfo, connect
from fmw.settings import Settings

FEATURES = 100_000
DAYS = (1, 30, 180, 364)
ROUNDS = 30
TARGETS = {1_000_000: 25, 10_000_000: 150}
"""Milliseconds for one group, by the number of changes."""

FILL = """
set session_replication_role = replica; -- the ledger is written here, not by the triggers
select core.ensure_change_partition(now() - n * interval '1 month')
from generate_series(0, 12) as n;
insert into core.features (
    identity_hash, source, feature_group, feature_name, status, owner, title, description,
    attributes, created_at
)
select
    core.identity_hash('feature', 'Group ' || n / 200, 'feature ' || n, 'all'),
    'bench', 'Group ' || n / 200, 'feature ' || n, 'on', 'team ' || n % 40, '제목 ' || n,
    repeat('설명은 짧지 않다. ', 5), jsonb_build_object('tier', n % 3), now() - interval '2 years'
from generate_series(0, {features} - 1) as n;
insert into core.changes (
    feature_id, run_id, changed_at, op, feature_group, changed_fields, before, after, previous_at
)
select
    f.feature_id, 1, t.at, 'U', f.feature_group, array['status'],
    jsonb_build_object('status', 'state ' || n % 7), jsonb_build_object('status', 'on'),
    t.at - interval '1 day'
from generate_series(1, {changes}::bigint) as n
inner join core.features as f on f.feature_id = 1 + (n * 7919) % {features}
cross join lateral (select now() - (1 - n / {changes}::float) * interval '365 days' as at) as t
order by n;
update ops.snapshot_state set change_id = {changes}::bigint;
refresh materialized view api.features;
vacuum analyze
"""


def milliseconds(conn: psycopg.Connection, query: str, rounds: int) -> list[float]:
    """Return the times of `rounds` reads, sorted; %s in the query is each time another group."""
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        conn.execute(query.replace("%s", f"'Group {number * 17 % 500}'").encode()).fetchall()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def measure(settings: Settings, changes: int) -> None:
    """Fill a database, then print a line per question."""
    with psycopg.connect(admin_conninfo(settings), autocommit=True) as admin:
        for statement in FILL.format(features=FEATURES, changes=changes).split(";\n"):
            admin.execute(statement.encode())
    table = Table(title=f"{changes:,} changes of {FEATURES:,} features, milliseconds")
    for name in ("asked for", "median", "P95", "today", "target"):
        table.add_column(name, justify="left" if name == "asked for" else "right")
    with connect(settings, READER) as conn:
        conn.execute("set statement_timeout = 0")
        for what, rounds, past, today in (
            ("one group", ROUNDS, ", %s)", "where feature_group = %s"),
            ("all", 3, ")", ""),
        ):
            now = milliseconds(conn, f"select * from api.features {today}", rounds)
            for days in DAYS:
                query = f"select * from api.features_as_of(now() - interval '{days} days'{past}"
                times = milliseconds(conn, query, rounds)
                table.add_row(
                    f"{what}, {days} days ago",
                    f"{statistics.median(times):.1f}",
                    f"{times[int(len(times) * 0.95)]:.1f}",
                    f"{statistics.median(now):.1f}",
                    str(TARGETS.get(changes, "")) if what == "one group" else "",
                )
    Console(width=110).print(table)


def main() -> None:
    """Measure in an installation of its own."""
    with installation() as settings:
        measure(settings, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)


if __name__ == "__main__":
    main()
