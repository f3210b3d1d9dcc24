"""The worker: takes what is queued, keeps the schedule, survives a restart of Postgres."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from db.connection import OPS, connect
from etl.sync import sync_source
from etl.worker import work
from fmw.errors import SourceAway
from fmw.settings import Settings
from tests.tools import until

KST = dt.timezone(dt.timedelta(hours=9))
DECLARED = """
[[source]]
name = "team"
kind = "csv"
path = "team.csv"
[source.columns]
feature_group = "group"
feature_name = "name"
"""


@pytest.fixture
def worker(settings: Settings) -> Iterator[threading.Thread]:
    (settings.home / "sources.toml").write_text(DECLARED, encoding="utf-8")
    (settings.home / "team.csv").write_text("group,name\npay,refund\n", encoding="utf-8")
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop))
    thread.start()
    yield thread
    stop.set()
    thread.join(timeout=20)
    assert not thread.is_alive()


def request(settings: Settings) -> int:
    with connect(settings, OPS) as conn:
        rows = conn.execute("select run_id from ops.request_sync()").fetchall()
    return int(rows[0][0])


def state(admin: Any, run_id: int) -> str:
    row = admin.execute("select status from ops.runs where run_id = %s", [run_id]).fetchone()
    return str(row[0])


@pytest.mark.usefixtures("worker")
def test_requested_run_is_made_and_published(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "succeeded")
    until(lambda: admin.execute("select 1 from api.features").fetchone())


@pytest.mark.usefixtures("worker")
def test_second_request_meets_the_open_one(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    with psycopg.connect(settings.database_url) as holder:
        holder.execute("select pg_advisory_lock(hashtext('fmw.sync'))")
        run_id = request(settings)
        with pytest.raises(psycopg.Error) as caught:
            request(settings)
    assert caught.value.sqlstate == "FM409"
    assert caught.value.diag.message_detail == str(run_id)
    until(lambda: state(admin, run_id) == "succeeded")


@pytest.mark.usefixtures("worker")
def test_failed_run_says_why_and_the_worker_goes_on(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    (settings.home / "team.csv").write_text("wrong,header\n", encoding="utf-8")
    first = request(settings)
    until(lambda: state(admin, first) == "failed")
    (settings.home / "team.csv").write_text("group,name\npay,refund\n", encoding="utf-8")
    second = request(settings)
    until(lambda: state(admin, second) == "succeeded")


@pytest.mark.usefixtures("worker")
def test_lost_connection_is_made_again(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "succeeded")


def test_scheduled_source_is_synced_by_itself(
    settings: Settings, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is moved on, so that the test need not wait for the next minute."""
    text = DECLARED.replace('kind = "csv"', 'kind = "csv"\nschedule = "0 9 * * *"')
    (settings.home / "sources.toml").write_text(text, encoding="utf-8")
    (settings.home / "team.csv").write_text("group,name\npay,refund\n", encoding="utf-8")
    began = dt.datetime(2026, 11, 23, 8, 59, 59, tzinfo=KST)
    moments = iter([began])
    monkeypatch.setattr(
        "etl.worker.korean_now", lambda: next(moments, began + dt.timedelta(minutes=1))
    )
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop))
    thread.start()
    try:
        query = "select requested_by from ops.runs where status = 'succeeded'"
        assert until(lambda: admin.execute(query).fetchone()) == ("schedule",)
    finally:
        stop.set()
        thread.join(timeout=20)


@pytest.mark.usefixtures("worker")
def test_broken_edit_of_the_declaration_keeps_what_it_said(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    path = settings.home / "sources.toml"
    path.write_text(DECLARED + "[[source", encoding="utf-8")
    time.sleep(1.5)  # the worker looks every second
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "succeeded")
    path.write_text(DECLARED + DECLARED.replace('"team"', '"other"'), encoding="utf-8")
    until(lambda: admin.execute("select 1 from ops.sources where source = 'other'").fetchone())


def is_done(admin: Any, run_id: int) -> bool:
    return state(admin, run_id) == "succeeded"


def has_attempts(admin: Any, count: int) -> bool:
    return len(attempts(admin)) == count


def attempts(admin: Any) -> list[tuple[Any, ...]]:
    query = "select status, attempt, not_before > now() from ops.runs order by run_id"
    return list(admin.execute(query).fetchall())


@pytest.mark.usefixtures("worker")
def test_a_source_that_is_away_is_tried_again_later(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    (settings.home / "team.csv").unlink()
    request(settings)
    for attempt in (1, 2, 3):
        until(partial(has_attempts, admin, attempt + 1))
        assert attempts(admin)[-1] == ("queued", attempt + 1, True)
        admin.execute("update ops.runs set not_before = now() where status = 'queued'")
    until(lambda: [status for status, *_ in attempts(admin)] == ["failed"] * 4)
    time.sleep(1.5)  # the worker looks every second
    assert len(attempts(admin)) == 4


@pytest.mark.usefixtures("worker")
def test_who_asks_need_not_wait_for_the_next_attempt(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    file = settings.home / "team.csv"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    request(settings)
    until(lambda: len(attempts(admin)) == 2)
    file.write_text(text, encoding="utf-8")
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "succeeded")
    assert [status for status, *_ in attempts(admin)] == ["failed", "succeeded"]


@pytest.mark.usefixtures("worker")
def test_what_will_not_pass_is_not_tried_again(settings: Settings, admin: Any) -> None:
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    (settings.home / "team.csv").write_text("wrong,header\n", encoding="utf-8")
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "failed")
    time.sleep(1.5)
    assert len(attempts(admin)) == 1


def test_stopped_while_it_reads_it_makes_the_run_at_its_next_start(
    settings: Settings, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.home / "sources.toml").write_text(DECLARED, encoding="utf-8")
    (settings.home / "team.csv").write_text("group,name\npay,refund\n", encoding="utf-8")
    stop = threading.Event()

    def stop_first(*arguments: Any, **options: Any) -> Any:
        stop.set()
        return sync_source(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr("etl.worker.sync_source", stop_first)
        thread = threading.Thread(target=work, args=(settings, stop))
        thread.start()
        until(lambda: admin.execute("select 1 from ops.sources").fetchone())
        request(settings)
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert [row[:2] for row in attempts(admin)] == [("failed", 1), ("queued", 2)]
    again = threading.Event()
    thread = threading.Thread(target=work, args=(settings, again))
    thread.start()
    try:
        until(lambda: attempts(admin)[-1][0] == "succeeded")
    finally:
        again.set()
        thread.join(timeout=20)


@pytest.mark.usefixtures("worker")
def test_it_says_that_it_is_alive_and_keeps_the_snapshot_files(
    settings: Settings, admin: Any
) -> None:
    query = "select service, pid from ops.heartbeats where beat_at > now() - interval '1 minute'"
    assert until(lambda: admin.execute(query).fetchone()) == ("worker", os.getpid())
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    request(settings)
    snapshots = settings.path(settings.var) / "snapshots"
    until(lambda: any("refund" in file.read_text() for file in snapshots.glob("*/features.csv")))


@pytest.mark.usefixtures("worker")
def test_two_workers_make_one_run(settings: Settings, admin: Any) -> None:
    stop = threading.Event()
    other = threading.Thread(target=work, args=(settings, stop))
    other.start()
    try:
        until(lambda: admin.execute("select 1 from ops.sources").fetchone())
        for _ in range(10):
            run_id = request(settings)
            until(partial(is_done, admin, run_id))
    finally:
        stop.set()
        other.join(timeout=20)
    assert len(attempts(admin)) == 10


@pytest.mark.usefixtures("worker")
def test_a_further_attempt_that_cannot_begin_holds_nobody_up(
    settings: Settings, admin: Any
) -> None:
    """Its source was taken out of the declaration meanwhile."""
    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    (settings.home / "team.csv").unlink()
    request(settings)
    until(lambda: len(attempts(admin)) == 2)
    (settings.home / "other.csv").write_text("group,name\npay,refund\n", encoding="utf-8")
    other = DECLARED.replace("team", "other")
    (settings.home / "sources.toml").write_text(other, encoding="utf-8")
    until(lambda: admin.execute("select 1 from ops.sources where source = 'other'").fetchone())
    admin.execute("update ops.runs set not_before = now() where status = 'queued'")
    until(lambda: attempts(admin)[-1][0] == "failed")
    run_id = request(settings)
    until(lambda: state(admin, run_id) == "succeeded")
    assert [status for status, *_ in attempts(admin)] == ["failed", "failed", "succeeded"]


@pytest.mark.usefixtures("worker")
def test_a_place_that_cannot_be_looked_up_is_tried_again(
    settings: Settings, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise SourceAway("the share does not answer")

    until(lambda: admin.execute("select 1 from ops.sources").fetchone())
    monkeypatch.setattr("etl.sync.find_files", refuse)
    request(settings)
    until(lambda: [row[:2] for row in attempts(admin)] == [("failed", 1), ("queued", 2)])
