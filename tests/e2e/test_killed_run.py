"""A sync killed in the middle leaves everything as it was, and the next one is right."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from fmw.settings import Settings
from tests.e2e.processes import output, start
from tests.tools import until

pytestmark = pytest.mark.slow

SOURCES = """
[[source]]
name = "team"
kind = "csv"
path = "team.csv"
[source.columns]
feature_group = "그룹"
feature_name = "이름"
status = "상태"
"""
BEFORE = "그룹,이름,상태\n결제,카드,사용\n결제,포인트,사용\n회원,가입,사용\n"
AFTER = "그룹,이름,상태\n결제,카드,중지\n결제,포인트,사용\n회원,탈퇴,예정\n"
STATE = """
select
    (select jsonb_agg(to_jsonb(f) order by f.feature_id) from core.features as f) as features,
    (select jsonb_agg(to_jsonb(c) order by c.change_id) from core.changes as c) as ledger,
    (select jsonb_agg(to_jsonb(d)) from core.daily_deltas as d) as deltas,
    (select jsonb_agg(to_jsonb(f) order by f.feature_id) from api.features as f) as snapshot,
    (select snapshot_version from api.snapshot) as version,
    (select to_jsonb(s) - 'declared_at' from ops.sources as s) as source
"""
State = dict[str, Any]


class Installation:
    """A folder with one source, and the database of the test."""

    def __init__(self, settings: Settings, admin: psycopg.Connection) -> None:
        self.settings = settings
        self.admin = admin
        self.file = settings.home / "team.csv"
        (settings.home / "sources.toml").write_text(SOURCES, encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return start(self.settings.home, *arguments, FMW_DATABASE_URL=self.settings.database_url)

    def sync(self) -> str:
        """Sync to the end and return what the command wrote."""
        process = self.start("sync")
        assert process.wait(timeout=60) == 0, output(self.settings.home)
        return output(self.settings.home)

    def state(self) -> State:
        with self.admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(STATE.encode()).fetchone() or {}

    def runs(self) -> list[str]:
        """Return the statuses of all runs, the oldest first."""
        return [s for (s,) in self.admin.execute("select status from ops.runs order by run_id")]

    def statuses(self) -> dict[str, str]:
        return dict(self.admin.execute("select feature_name, status from api.features").fetchall())


@pytest.fixture
def installation(settings: Settings, admin: psycopg.Connection) -> Installation:
    """One synced delivery."""
    made = Installation(settings, admin)
    made.file.write_text(BEFORE, encoding="utf-8")
    made.sync()
    assert made.statuses() == {"카드": "사용", "포인트": "사용", "가입": "사용"}
    return made


def kill_while_reading(made: Installation) -> None:
    """Kill the sync while it reads its file: a named pipe, out of which nothing comes."""
    made.file.unlink()
    os.mkfifo(made.file)
    process = made.start("sync")
    until(lambda: made.runs()[-1] == "running", "a running run")
    _kill(process)


def kill_while_applying(made: Installation) -> None:
    """Kill the sync when its rows are staged and it is to write features, which are locked."""
    made.file.write_text(AFTER, encoding="utf-8")
    with psycopg.connect(made.settings.database_url) as other:
        other.execute("lock table core.features in share row exclusive mode")
        process = made.start("sync")
        until(lambda: _waits_for_lock(made.admin), "a sync that waits for the lock")
        assert made.runs()[-1] == "running"
        _kill(process)
    until(lambda: not _connected(made.admin), "the end of the killed sync's connection")


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL


def _waits_for_lock(admin: psycopg.Connection) -> bool:
    return _connected(admin, "and wait_event_type = 'Lock' and query like '%core.sync%'")


def _connected(admin: psycopg.Connection, condition: str = "") -> bool:
    query = (
        "select from pg_stat_activity"
        f" where datname = current_database() and application_name = 'fmw-etl' {condition}"
    )
    return admin.execute(query.encode()).fetchone() is not None


MIDDLES = pytest.mark.parametrize("kill", [kill_while_reading, kill_while_applying])


@MIDDLES
def test_a_killed_run_changes_nothing(
    installation: Installation, kill: Callable[[Installation], None]
) -> None:
    before = installation.state()
    kill(installation)
    assert installation.state() == before
    assert installation.runs() == ["succeeded", "running"]


@MIDDLES
def test_the_next_sync_reports_it_and_succeeds(
    installation: Installation, kill: Callable[[Installation], None]
) -> None:
    kill(installation)
    installation.file.unlink()
    installation.file.write_text(AFTER, encoding="utf-8")
    assert "run 2 of team had died" in installation.sync()
    assert installation.runs() == ["succeeded", "failed", "succeeded"]
    row = installation.admin.execute("select error from ops.runs where run_id = 2").fetchone()
    assert row == ("the process that ran it ended before it was done; nothing was changed",)
    assert installation.statuses() == {"카드": "중지", "포인트": "사용", "탈퇴": "예정"}


def test_the_worker_reports_it_and_makes_the_next_run(installation: Installation) -> None:
    kill_while_applying(installation)
    worker = installation.start("worker")
    try:
        until(lambda: installation.runs() == ["succeeded", "failed"], "the failed run")
        installation.admin.execute("select ops.request_sync()")
        until(lambda: installation.runs()[-1] == "succeeded", "the requested run")
        until(lambda: installation.statuses().get("카드") == "중지", "the new snapshot")
    finally:
        worker.terminate()
    assert worker.wait(timeout=30) == 0, output(installation.settings.home)
    assert installation.runs() == ["succeeded", "failed", "succeeded"]
