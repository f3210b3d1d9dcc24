"""When sources are due."""

from __future__ import annotations

import datetime as dt

import pytest

from etl.declaration import Source
from etl.schedule import Schedule
from fmw.errors import SettingsError

KST = dt.timezone(dt.timedelta(hours=9))


def schedule(expression: str, now: dt.datetime) -> Schedule:
    source = Source(name="s", kind="csv", path="x", schedule=expression)
    return Schedule({"s": source}, now)


def test_schedule_is_in_korean_time_and_counts_missed_times_once() -> None:
    now = dt.datetime(2026, 11, 23, 8, 55, tzinfo=KST)
    plan = schedule("0 9 * * *", now)
    assert plan.due(now) == []
    assert plan.due(now + dt.timedelta(minutes=5)) == ["s"]
    assert plan.due(now + dt.timedelta(minutes=6)) == []
    assert plan.due(now + dt.timedelta(days=3)) == ["s"]
    assert plan.next["s"] > now + dt.timedelta(days=3)


def test_wrong_schedule_is_refused() -> None:
    with pytest.raises(SettingsError, match="61"):
        schedule("61 * * * *", dt.datetime.now(KST))


def test_times_missed_since_the_last_order_count_once() -> None:
    now = dt.datetime(2026, 11, 23, 9, 0, 10, tzinfo=KST)
    source = {"s": Source(name="s", kind="csv", path="x", schedule="0 9 * * *")}
    ago = {days: now - dt.timedelta(days=days) for days in (0, 1, 400)}
    assert Schedule(source, now, {"s": ago[1]}).due(now) == ["s"]
    assert Schedule(source, now, {"s": ago[400]}).due(now) == ["s"]
    assert Schedule(source, now, {"s": ago[0]}).due(now) == []
    assert Schedule(source, now, {"s": now + dt.timedelta(days=9)}).due(now) == []
    assert Schedule(source, now).due(now) == []
