"""The snapshot: refreshed only when something changed, all views together."""

from __future__ import annotations

from typing import Any

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
