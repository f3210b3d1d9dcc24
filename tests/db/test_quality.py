"""What admins look at to find bad data: each view shows what it should, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

DAY = dt.timedelta(days=1)


def rows(query: Any, text: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in query(text)]


def test_empty_fields_are_counted_per_source(deliver: Any, query: Any) -> None:
    deliver("a,x,on,t", "a,y,,", "a,z,on,", source="one")
    deliver("b,x,on,t", source="two")
    deliver("c,x,on,", "c,y,on,t", source="gone")
    deliver("c,y,on,t", source="gone", accept=True)
    found = rows(
        query,
        "select source, field, features, empty_values, share::float8 from ops.quality_nulls"
        " where field in ('status', 'owner') order by 1, 2",
    )
    assert found == [
        ("gone", "owner", 1, 0, 0),
        ("gone", "status", 1, 0, 0),
        ("one", "owner", 3, 2, 0.6667),
        ("one", "status", 3, 1, 0.3333),
        ("two", "owner", 1, 0, 0),
        ("two", "status", 1, 0, 0),
    ]
    assert rows(query, "select share::int from ops.quality_nulls where field = 'url'") == [(1,)] * 3


def test_features_unchanged_for_ninety_days_are_stale(deliver: Any, query: Any) -> None:
    today = dt.datetime.now(dt.UTC)
    deliver("a,x,on,t", "a,y,on,t", "a,z,on,t", at=f"{today - dt.timedelta(days=100):%Y-%m-%d}")
    deliver("a,x,on,t", "a,y,off,t", at=f"{today - dt.timedelta(days=80):%Y-%m-%d}", accept=True)
    (stale,) = query("select * from ops.stale_features")
    assert (stale["feature_name"], stale["source"], stale["owner"]) == ("x", "team", "t")
    assert stale["days_unchanged"] in (99, 100, 101)


@pytest.fixture
def run(admin: Any) -> Any:
    """Write a run of a delivery dated `ago` before now, and what it created."""

    def run(
        source: str, ago: str, created: int = 0, status: str = "succeeded", finished: str = ""
    ) -> None:
        admin.execute(
            "insert into ops.sources (source, kind, location) values (%s, 'csv', 'x')"
            " on conflict do nothing",
            [source],
        )
        admin.execute(
            "insert into ops.runs (source, status, finished_at, effective_at, read, rejected,"
            " created, updated, removed, unchanged)"
            " values (%s, %s, now() - %s::interval, now() - %s::interval, %s, 0, %s, 0, 0, 0)",
            [source, status, finished or ago, ago, created, created],
        )

    return run


def test_day_far_above_the_usual_is_a_jump(run: Any, query: Any) -> None:
    for day in range(40, 0, -1):
        run("team", f"{day} days", created=1000 if day > 30 else 10)
        run("calm", f"{day} days", created=3)
    run("team", "0 days", created=51)
    run("calm", "0 days", created=20)
    found = (
        "select source, day = core.korean_day(now()), changes, usual_changes from ops.sudden_jumps"
    )
    assert rows(query, found) == [("team", True, 51, 10)]


def test_jump_needs_an_applied_run_and_a_day_before(run: Any, query: Any) -> None:
    run("new", "2 days", created=1000)
    run("team", "2 days", created=10)
    run("team", "1 day", created=50)
    run("team", "0 days", created=1000, status="held")
    assert query("select * from ops.sudden_jumps") == []
    run("team", "1 day", created=1)
    assert rows(query, "select source, changes from ops.sudden_jumps") == [("team", 51)]


def test_source_is_late_by_its_own_habit(run: Any, query: Any) -> None:
    for number in range(25, 0, -1):
        run("once-minutely", f"{number + 50_000} min")
    for number in range(21, 1, -1):
        run("once-minutely", f"{number} days")
        run("replayed", f"{number} days", finished="2 days")
        run("daily", f"{number} days")
        run("hourly", f"{number * 60} min")
        run("minutely", f"{number + 30} min")
    run("hourly", "30 min", status="failed")
    run("once", "90 days")
    found = "select source, usual_interval, overdue_by from ops.late_sources"
    assert query(found) == []
    for days in (9, 8, 7, 4):
        run("gone", f"{days} days")
    late = [
        (source, round(usual / DAY, 2), round(overdue / DAY, 2))
        for source, usual, overdue in rows(query, found)
    ]
    assert late == [("gone", 1, 3)]
