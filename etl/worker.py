"""The worker: makes the runs that were requested and those whose time has come."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from pathlib import Path

import psycopg
from cronsim import CronSim, CronSimError

from db.connection import ETL, connect
from etl.declaration import Source, load_sources
from etl.sync import KOREA, declare, locked, refresh, sync_source
from fmw.errors import DatabaseUnavailable, FmwError, SettingsError
from fmw.settings import Settings

logger = logging.getLogger(__name__)

RECONNECT = 2.0
"""Seconds between attempts to reach a database that is away."""


def work(settings: Settings, stop: threading.Event) -> None:
    """Serve the queue and the schedule until `stop` is set; survives restarts of Postgres."""
    while not stop.is_set():
        try:
            with connect(settings, ETL) as conn:
                _serve(conn, settings, stop)
        except (DatabaseUnavailable, psycopg.OperationalError) as exc:
            logger.warning("the database is away: %s", exc)
            stop.wait(RECONNECT)


def _serve(conn: psycopg.Connection, settings: Settings, stop: threading.Event) -> None:
    conn.execute("listen fmw")
    with locked(conn):
        pass  # runs whose worker died are failed now, not at the next order
    path = settings.path(settings.sources)
    sources, schedule = _declared(conn, settings)
    written = _written(path)
    while not stop.is_set():
        if written != (written := _written(path)):
            try:
                sources, schedule = _declared(conn, settings)
            except SettingsError as exc:  # somebody is still editing it
                logger.error("%s; what it said before still holds", exc)
        for name in schedule.due(korean_now()):
            _request(conn, name)
        if not _work_off(conn, sources, stop):
            _wait(conn, settings.worker_poll, stop)


def _declared(conn: psycopg.Connection, settings: Settings) -> tuple[dict[str, Source], Schedule]:
    sources = load_sources(settings.path(settings.sources), settings.spool)
    schedule = Schedule(sources, korean_now())
    for source in sources.values():
        declare(conn, source)
    logger.info("serving %s sources, %s scheduled", len(sources), len(schedule.next))
    return sources, schedule


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _work_off(conn: psycopg.Connection, sources: dict[str, Source], stop: threading.Event) -> bool:
    """Make every queued run, then refresh; returns whether there was any."""
    worked = False
    while not stop.is_set() and (name := _queued(conn)):
        worked = True
        with locked(conn):
            _make(conn, sources, name)
    if worked:
        refresh(conn)
    return worked


def _make(conn: psycopg.Connection, sources: dict[str, Source], name: str) -> None:
    if name not in sources:
        _give_up(conn, name, "sources.toml does not declare this source")
        return
    try:
        run = sync_source(conn, sources[name])
    except FmwError as exc:
        logger.error("source %s: %s", name, exc.message, extra={"hint": exc.hint})
        _give_up(conn, name, exc.message)  # one that was refused before it began is still queued
    else:
        counts = {key: getattr(run, key) for key in ("created", "updated", "removed", "rejected")}
        logger.info("run %s of %s %s", run.run_id, name, run.status, extra={"counts": counts})


def _give_up(conn: psycopg.Connection, name: str, reason: str) -> None:
    conn.execute(
        "select ops.fail_run(run_id, %s) from ops.runs where source = %s and status = 'queued'",
        [reason, name],
    )


def _queued(conn: psycopg.Connection) -> str:
    row = conn.execute(
        "select source from ops.runs where status = 'queued' order by run_id limit 1"
    ).fetchone()
    return row[0] if row else ""


def _request(conn: psycopg.Connection, name: str) -> None:
    try:
        conn.execute("select ops.request_sync(array[%s], false, 'schedule')", [name])
    except psycopg.Error as exc:
        if exc.sqlstate != "FM409":
            raise
        logger.info("source %s is due, but a run of it is open already", name)


def _wait(conn: psycopg.Connection, seconds: float, stop: threading.Event) -> None:
    if not stop.is_set():
        for _ in conn.notifies(timeout=seconds, stop_after=1):
            pass


def korean_now() -> dt.datetime:
    """Return the time by which schedules count."""
    return dt.datetime.now(KOREA)


class Schedule:
    """When each source is due next, by its cron expression in Korean time."""

    def __init__(self, sources: dict[str, Source], now: dt.datetime) -> None:
        """Raise `SettingsError` for an expression that is none."""
        self._crons: dict[str, CronSim] = {}
        for name, source in sources.items():
            if source.schedule:
                try:
                    self._crons[name] = CronSim(source.schedule, now)
                except CronSimError as exc:
                    raise SettingsError(
                        f"source {name}: schedule {source.schedule!r}: {exc}",
                        hint='five fields, such as "*/10 * * * *"',
                    ) from exc
        self.next = {name: next(cron) for name, cron in self._crons.items()}

    def due(self, now: dt.datetime) -> list[str]:
        """Return the sources whose time has come; missed times count once."""
        names = [name for name, moment in self.next.items() if moment <= now]
        for name in names:
            while self.next[name] <= now:
                self.next[name] = next(self._crons[name])
        return names
