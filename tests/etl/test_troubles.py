"""What wants an administrator, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from db.connection import OPS, connect
from etl.alerts import list_troubles
from fmw.settings import Settings
from tests.etl.conftest import SOURCE


def test_a_run_that_will_be_tried_again_is_no_trouble_yet(
    settings: Settings, admin: Any, end_run: Callable[..., int]
) -> None:
    run_id = end_run("failed", "no answer", attempt=1)
    assert _troubles(settings) == ["run_failed"]
    retried = admin.execute("select attempt from ops.retry_run(%s)", [run_id]).fetchone()
    assert retried == (2,)
    assert _troubles(settings) == []


def test_troubles_beyond_runs(settings: Settings, admin: Any, end_run: Callable[..., int]) -> None:
    end_run("succeeded")
    assert _troubles(settings) == []
    admin.execute("update ops.runs set requested_at = now() - interval '27 hours'")
    admin.execute("select ops.beat('worker', 'server', 42, now())")
    admin.execute("update ops.heartbeats set beat_at = now() - interval '3 minutes'")
    admin.execute(
        "insert into ops.runs (source, status, requested_at, attempt)"
        " values ('team', 'queued', now() - interval '11 minutes', 1)"
    )
    assert _troubles(settings) == ["backup_missing", "run_waiting", "service_silent"]
    admin.execute("select ops.record_backup(now(), 'fmw.dump', 1, 'pg_restore ended with 1')")
    assert _troubles(settings)[:2] == ["backup_failed", "backup_missing"]
    admin.execute("select ops.record_backup(now(), 'fmw.dump', 1000)")
    admin.execute("select ops.beat('worker', 'server', 43, now())")
    admin.execute("update ops.sources set is_declared = false")
    assert _troubles(settings) == ["run_waiting"]


def test_a_source_that_is_no_longer_declared_is_nobodys_trouble(
    settings: Settings, admin: Any, end_run: Callable[..., int]
) -> None:
    end_run("failed", "broken")
    admin.execute("select ops.retire_sources('{}')")
    assert _troubles(settings) == []
    assert admin.execute("select * from ops.request_sync()").fetchall() == []


def test_waiting_behind_a_run_that_hangs_is_a_trouble(
    settings: Settings, admin: Any, end_run: Callable[..., int]
) -> None:
    end_run("succeeded")
    admin.execute(SOURCE.replace("'team'", "'other'"))
    admin.execute(
        "insert into ops.runs (source, status, started_at)"
        " values ('other', 'running', now() - interval '30 minutes')"
    )
    admin.execute(
        "insert into ops.runs (source, status, requested_at, attempt)"
        " values ('team', 'queued', now() - interval '20 minutes', 1)"
    )
    assert _troubles(settings) == []
    admin.execute("update ops.runs set started_at = started_at - interval '2 hours'")
    assert _troubles(settings) == ["run_waiting"]


def _troubles(settings: Settings) -> list[str]:
    with connect(settings, OPS) as conn:
        return sorted(code for _, code, *_ in list_troubles(conn))
