"""The worker: makes the runs that were requested and those whose time has come."""

from __future__ import annotations

import datetime as dt
import logging
import os
import platform
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

import psycopg

from db.connection import ETL, connect, is_lost
from etl.alerts import Notifier
from etl.declaration import Source, load_sources
from etl.report import COUNTS
from etl.schedule import Schedule
from etl.snapshots import SnapshotError, write_snapshot
from etl.sync import KOREA, declare, locked, refresh, sync_source
from fmw.errors import DatabaseUnavailable, FmwError, SettingsError, SourceAway, SourceError
from fmw.settings import Settings

logger = logging.getLogger(__name__)

RECONNECT = 2.0
"""Seconds between attempts to reach a database that is away."""
DAY = 86_400.0
"""Seconds between two times at which old requests are forgotten."""
BEAT = 10.0
"""Seconds between two signs of life; ops.troubles misses them after two minutes."""

Duty = Callable[[psycopg.Connection, Settings, threading.Event], None]
"""What is done on a connection until the event is set."""


class Stopped(FmwError):
    """The worker was stopped while it read the source; nothing was changed."""


def work(settings: Settings, stop: threading.Event) -> None:
    """Serve the queue and the schedule until `stop` is set; survives restarts of Postgres.

    Beside that, on connections of their own: signs of life with alerts, and snapshot files; there,
    once a day, old requests are forgotten. A run that is reading files when `stop` is set breaks
    off and is queued again; what is being fetched or applied is brought to its end first (killed
    then, it is safe: the run is made again).
    """
    duties = (_watch, _keep_files)
    with ThreadPoolExecutor(len(duties)) as threads:
        beside = [threads.submit(_stay_connected, settings, stop, duty) for duty in duties]
        for future in beside:
            future.add_done_callback(lambda _: stop.set())  # one that fails ends the worker
        try:
            _stay_connected(settings, stop, _serve)
        finally:
            stop.set()
    for future in beside:
        future.result()
    logger.info("stopped")


def _stay_connected(settings: Settings, stop: threading.Event, duty: Duty) -> None:
    while not stop.is_set():
        try:
            with connect(settings, ETL) as conn:
                duty(conn, settings, stop)
        except DatabaseUnavailable as exc:
            logger.warning("the database is away: %s", exc.message)
            stop.wait(RECONNECT)


def _watch(conn: psycopg.Connection, settings: Settings, stop: threading.Event) -> None:
    started_at = dt.datetime.now(dt.UTC)
    notifier = Notifier(settings)
    life = ["worker", platform.node(), os.getpid(), started_at]
    while not stop.is_set():
        conn.execute("select ops.beat(%s, %s, %s, %s)", life)
        notifier.notify(conn)
        stop.wait(BEAT)


def _keep_files(conn: psycopg.Connection, settings: Settings, stop: threading.Event) -> None:
    forgotten_at = -DAY
    while not stop.is_set():
        if monotonic() - forgotten_at >= DAY:
            _forget_requests(conn, settings.request_log_keep)
            forgotten_at = monotonic()
        try:
            write_snapshot(conn, settings)
        except SnapshotError as exc:
            logger.error("%s", exc.message, extra={"hint": exc.hint})
            stop.wait(BEAT)
        stop.wait(settings.worker_poll)


def _forget_requests(conn: psycopg.Connection, days: int) -> None:
    """Delete what of the request log is older than so many days; 0 = nothing."""
    if days > 0:
        [(forgotten,)] = conn.execute(
            "select ops.forget_requests(make_interval(days => %s))", [days]
        ).fetchall()
        logger.info("%s requests of more than %s days ago are forgotten", forgotten, days)


def _serve(conn: psycopg.Connection, settings: Settings, stop: threading.Event) -> None:
    conn.execute("listen fmw")
    with locked(conn):
        pass  # runs whose worker died are failed now, not at the next order
    path = settings.path(settings.sources)
    sources, schedule = _declared(conn, settings)
    written = _written(path)
    day = None
    while not stop.is_set():
        if written != (written := _written(path)):
            try:
                sources, schedule = _declared(conn, settings)
            except SettingsError as exc:  # somebody is still editing it
                logger.error("%s; what it said before still holds", exc)
        for name in schedule.due(korean_now()):
            _request(conn, name)
        worked = _work_off(conn, sources, stop)
        if worked or day != (day := korean_now().date()):
            refresh(conn)  # a new day is counted even if nothing changed
        if not worked:
            _wait(conn, settings.worker_poll, stop)


def _declared(conn: psycopg.Connection, settings: Settings) -> tuple[dict[str, Source], Schedule]:
    sources = load_sources(settings.path(settings.sources), settings.spool)
    ordered = "select source, max(requested_at) from ops.runs group by source"
    schedule = Schedule(sources, korean_now(), dict(conn.execute(ordered).fetchall()))
    for source in sources.values():
        declare(conn, source)
    conn.execute("select ops.retire_sources(%s)", [list(sources)])
    logger.info("serving %s sources, %s scheduled", len(sources), len(schedule.next))
    return sources, schedule


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _work_off(conn: psycopg.Connection, sources: dict[str, Source], stop: threading.Event) -> bool:
    """Make every queued run whose time has come; returns whether there was any."""
    worked = False
    while not stop.is_set() and _next(conn):
        with locked(conn):
            due = _next(conn)  # another worker may have made it
            if due:
                worked = True
                _make(conn, sources, *due, stop)
    return worked


def _next(conn: psycopg.Connection) -> tuple[int, str] | None:
    return conn.execute("select run_id, source from ops.next_run()").fetchone()


def _make(
    conn: psycopg.Connection,
    sources: dict[str, Source],
    run_id: int,
    name: str,
    stop: threading.Event,
) -> None:
    """Make a queued run; one that fails says why, and what may pass is tried again."""
    try:
        if name not in sources:
            raise SourceError("sources.toml does not declare this source")
        run = sync_source(conn, sources[name], progress=partial(_go_on, stop))
    except Exception as exc:
        if is_lost(conn):  # whoever connects next finds the run abandoned
            raise DatabaseUnavailable(f"the database broke off: {exc}") from exc
        _report_failure(name, exc)
        # one that was refused before it began is still queued
        conn.execute("select ops.fail_run(%s, %s)", [run_id, str(exc)])
        if isinstance(exc, Stopped | SourceAway | psycopg.OperationalError):
            _retry(conn, run_id, at_once=isinstance(exc, Stopped))
    else:
        counts = {key: getattr(run, key) for key in COUNTS}
        fields = {"run_id": run.run_id, "source": name, "seconds": run.seconds, **counts}
        logger.info("run %s of %s %s", run.run_id, name, run.status, extra={"run": fields})


def _go_on(stop: threading.Event, _read: int) -> None:
    if stop.is_set():
        raise Stopped


def _report_failure(name: str, exc: Exception) -> None:
    if isinstance(exc, FmwError):
        logger.error("source %s: %s", name, exc.message, extra={"source": name, "hint": exc.hint})
    else:
        logger.error("source %s: %s", name, exc, extra={"source": name}, exc_info=exc)


def _retry(conn: psycopg.Connection, run_id: int, *, at_once: bool) -> None:
    row = conn.execute(
        "select run_id, source, attempt, not_before from ops.retry_run(%s, %s)", [run_id, at_once]
    ).fetchone()
    if row:
        logger.info("run %s of %s, attempt %s, not before %s", *row)


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
