"""Whether a sync wrote anything: how many rows each relation has ever taken."""

from __future__ import annotations

import psycopg


def tuples_written(conn: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    """Return per relation of core and api: rows ever inserted, updated and deleted.

    Counts what `conn` did, also in transactions that were rolled back, and what other connections
    have reported: each reports when it calls this, too, or is closed.
    """
    conn.execute("select pg_stat_force_next_flush()")
    conn.execute("select pg_stat_clear_snapshot()")
    rows = conn.execute(
        "select schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_del"
        " from pg_stat_all_tables where schemaname in ('core', 'api')"
    ).fetchall()
    assert any(row[0] == "core.features" for row in rows)
    return {row[0]: row[1:] for row in rows}
