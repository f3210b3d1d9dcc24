"""How long the request log remembers, and what it is asked for."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from db.connection import ETL, connect
from fmw.settings import Settings

FILL = """
insert into ops.request_log
    (at, service, request_id, method, route, status, bytes, milliseconds)
select
    now() - n * interval '1 day' + interval '1 hour', 'gateway', n::text, 'GET',
    '/api/v1/{name}', 200, 1, n
from generate_series(1, 200) as n
"""


@pytest.mark.parametrize(
    ("call", "left"), [("()", 90), ("('7 days')", 7), ("('0 days')", 0), ("('5 years')", 200)]
)
def test_old_requests_are_forgotten(settings: Settings, admin: Any, call: str, left: int) -> None:
    admin.execute(FILL)
    with connect(settings, ETL) as conn:
        forgotten = conn.execute(f"select ops.forget_requests{call}".encode()).fetchone()
    assert forgotten == (200 - left,)
    rows = admin.execute("select count(*), coalesce(max(milliseconds), 0) from ops.request_log")
    assert rows.fetchone() == (left, left)


def test_the_future_is_not_forgotten(settings: Settings, admin: Any) -> None:
    admin.execute(FILL)
    with connect(settings, ETL) as conn, pytest.raises(psycopg.Error) as caught:
        conn.execute("select ops.forget_requests('-1 day')")
    assert caught.value.sqlstate == "FM422"
    assert admin.execute("select count(*) from ops.request_log").fetchone() == (200,)


def test_times_of_a_route_by_day_come_from_the_index(admin: Any) -> None:
    admin.execute(FILL)
    admin.execute("vacuum analyze ops.request_log")
    admin.execute("set enable_seqscan = off")  # it is a small table
    plan = admin.execute(
        """
        explain select
            core.korean_day(at), route, percentile_cont(0.95) within group (order by milliseconds)
        from ops.request_log
        where at >= now() - interval '30 days'
        group by 1, 2
        """
    ).fetchall()
    assert "Index Only Scan using request_log_at_idx" in str(plan)
