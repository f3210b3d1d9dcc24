"""The snapshot: refreshed only when something changed, all views together."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import psycopg
import pytest

from db.connection import ETL, READER, connect
from etl.sync import refresh


def test_nothing_changed_nothing_refreshed(deliver: Any, etl: Any) -> None:
    deliver("pay,refund,on,a")
    version = refresh(etl)
    deliver("pay, refund,on,a")
    assert refresh(etl) == version
    assert refresh(etl, forced=True) == version + 1


def test_readers_see_a_run_only_after_the_refresh(deliver: Any, etl: Any, query: Any) -> None:
    deliver("pay,refund,on,a")
    assert query("select * from api.features") == []
    refresh(etl)
    (row,) = query("select feature_name, status from api.features")
    assert row == {"feature_name": "refund", "status": "on"}
    assert query("select features, statuses from api.groups") == [
        {"features": 1, "statuses": {"on": 1}}
    ]
    (snapshot,) = query("select features, checked_at is not null as checked from api.snapshot")
    assert snapshot == {"features": 1, "checked": True}


def test_change_by_hand_is_in_the_next_refresh(
    deliver: Any, etl: Any, admin: Any, query: Any
) -> None:
    deliver("pay,refund,on,a")
    version = refresh(etl)
    admin.execute("update core.features set status = 'off'")
    assert refresh(etl) == version + 1
    assert query("select status from api.features") == [{"status": "off"}]


PLAIN = [
    f"refresh materialized view {how} api.{view}"
    for how in ("", "concurrently")
    for view in ("features", "groups", "daily_counts")
]


@pytest.mark.parametrize("command", PLAIN)
def test_plain_refresh_moves_the_version_if_the_view_was_behind(
    deliver: Any, etl: Any, query: Any, settings: Any, command: str
) -> None:
    deliver("pay,refund,on,a")
    version = refresh(etl)
    deliver("pay,refund,off,a")
    role = "fmw_admin" if etl.info.server_version >= 170000 else "fmw_owner"
    with connect(settings, role) as conn:
        conn.execute(command)
    assert query("select snapshot_version from api.snapshot") == [{"snapshot_version": version + 1}]
    # The other views are still behind, and the next refresh of all brings them up.
    assert refresh(etl) == version + 2
    assert refresh(etl) == version + 2
    assert query("select statuses from api.groups") == [{"statuses": {"off": 1}}]


def test_a_change_committed_during_a_plain_refresh_is_in_the_next_refresh(
    deliver: Any, etl: Any, query: Any, settings: Any
) -> None:
    deliver("pay,refund,on,a")
    refresh(etl)
    role = "fmw_admin" if etl.info.server_version >= 170000 else "fmw_owner"
    with connect(settings, "fmw_admin") as writer, connect(settings, role) as conn:
        with writer.transaction():
            writer.execute("update core.features set status = 'off'")
            conn.execute("refresh materialized view concurrently api.features")
        refresh(etl)
    assert query("select status from api.features") == [{"status": "off"}]


def test_readers_never_wait_nor_fail_nor_see_half_a_refresh(
    deliver: Any, etl: Any, settings: Any
) -> None:
    """With a lock timeout of a millisecond, whoever waits for a lock fails."""
    deliver(*[f"pay,f{n},on,a" for n in range(200)])
    refresh(etl)
    done = threading.Event()
    seen: set[tuple[int, int]] = set()

    def read() -> None:
        with connect(settings, READER) as conn:
            conn.execute("set lock_timeout = '1ms'")
            conn.execute("set default_transaction_isolation = 'repeatable read'")
            while not done.is_set():
                with conn.transaction():
                    seen.add(
                        conn.execute(
                            "select (select count(*) from api.features where status = 'off'),"
                            " (select coalesce(sum((statuses ->> 'off')::int), 0)::int"
                            " from api.groups)"
                        ).fetchone()  # type: ignore[arg-type]
                    )

    with connect(settings, ETL) as other:
        reader = threading.Thread(target=read)
        reader.start()
        try:
            for off in range(1, 16):
                deliver(*[f"pay,f{n},{'off' if n < off else 'on'},a" for n in range(200)])
                refresh(other)
        finally:
            done.set()
            reader.join()
    assert len(seen) > 3
    assert all(features == groups for features, groups in seen)


def test_refresh_makes_the_next_month_s_partition_ahead(etl: Any, query: Any) -> None:
    """Also when there is nothing to refresh: the month comes all the same."""
    refresh(etl)
    assert refresh(etl) == refresh(etl)
    (row,) = query(
        "select to_regclass('core.changes_' || to_char("
        "now() at time zone 'UTC' + interval '1 month', 'YYYYMM')) is not null as made"
    )
    assert row == {"made": True}


def test_refresh_wants_to_see_the_latest_changes(admin: Any) -> None:
    admin.execute("set default_transaction_isolation = 'repeatable read'")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="latest changes"):
        admin.execute("select ops.refresh(true)")


def test_refresh_is_announced(deliver: Any, etl: Any, admin: Any) -> None:
    admin.execute("listen fmw")
    deliver("pay,refund,on,a")
    version = refresh(etl)
    (notice,) = list(admin.notifies(timeout=5, stop_after=1))
    assert notice.payload == f"snapshot {version}"


def test_daily_counts_carry_totals_over_quiet_days(deliver: Any, etl: Any, query: Any) -> None:
    deliver("a,x,on,t", "a,y,on,t", at="2025-03-01")
    deliver("a,x,on,t", "a,y,off,t", at="2025-03-04")
    refresh(etl)
    rows = query(
        "select day::text, status, total, created, updated, removed from api.daily_counts"
        " where day between '2025-03-01' and '2025-03-05' order by day, status"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2025-03-01", "on", 2, 2, 0, 0),
        ("2025-03-02", "on", 2, 0, 0, 0),
        ("2025-03-03", "on", 2, 0, 0, 0),
        ("2025-03-04", "off", 1, 0, 1, 0),
        ("2025-03-04", "on", 1, 0, 0, 0),
        ("2025-03-05", "off", 1, 0, 0, 0),
        ("2025-03-05", "on", 1, 0, 0, 0),
    ]
    (last,) = query(
        "select max(day) = (now() at time zone 'Asia/Seoul')::date as today from api.daily_counts"
    )
    assert last == {"today": True}


def test_home_sums_it_up(deliver: Any, etl: Any, query: Any) -> None:
    deliver("pay,refund,on,a", "pay,cancel,off,a")
    refresh(etl)
    (home,) = query("select features, groups, changes_today, by_status, recent from api.home")
    assert (home["features"], home["groups"], home["changes_today"]) == (2, 1, 2)
    assert home["by_status"] == [{"status": "off", "features": 1}, {"status": "on", "features": 1}]
    assert {row["feature_name"] for row in home["recent"]} == {"refund", "cancel"}


def test_home_names_the_sources_that_may_be_behind(deliver: Any, etl: Any, query: Any) -> None:
    deliver("pay,refund,on,a", source="team")
    refresh(etl)
    assert query("select troubles from api.home") == [{"troubles": None}]
    deliver(source="team")
    (home,) = query("select troubles from api.home")
    [trouble] = home["troubles"]
    assert (trouble["source"], trouble["code"]) == ("team", "run_held")
    assert dt.datetime.fromisoformat(trouble["since"])
