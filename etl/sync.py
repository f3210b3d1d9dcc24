"""One run: a source's delivery is staged by COPY and applied by core.sync, whole or not at all."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import logging
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db.connection import is_lost
from etl.declaration import Source
from etl.delivery import delivered, find_files, given_files
from etl.reading import File, Issue, Part, Progress, Reader, Unfit, digest, size
from etl.runs import Order, Run
from etl.sources import open_reader
from fmw.errors import FmwError, RunRefused, SettingsError, SourceAway, SourceError

logger = logging.getLogger(__name__)

KOREA = ZoneInfo("Asia/Seoul")
UNREADABLE = (psycopg.Error, OSError, EOFError, zlib.error, csv.Error, UnicodeError, LookupError)
"""What reading a broken file, or staging it, may raise."""

LOCK = "fmw.sync"
"""The one advisory lock under which all runs are made."""


def sync_source(
    conn: psycopg.Connection,
    source: Source,
    order: Order | None = None,
    progress: Progress | None = None,
) -> Run:
    """Make one run of `source` and return it: succeeded or held.

    `conn` is an autocommit connection of the etl role that holds the lock (`locked`). A delivery
    that cannot be read raises `SourceError` after its run was marked failed; a date before the
    source's last one raises `RunRefused`. Nothing is half applied, whatever happens.
    """
    order = order or Order()
    with conn.transaction(force_rollback=True) if order.dry_run else nullcontext():
        return _sync(conn, source, order, progress)


def _sync(conn: psycopg.Connection, source: Source, order: Order, progress: Progress | None) -> Run:
    declare(conn, source)
    is_remote = order.files is None and not source.path
    files = find_files(source) if order.files is None else given_files(order.files)
    run = _begin(conn, source, files, order)
    try:
        issues: list[Issue] = []
        with (
            delivered(source, None if is_remote else files, issues) as delivery,
            open_reader(source, delivery, progress) as reader,
        ):
            return _make(conn, run, source, delivery, reader, issues, dry_run=order.dry_run)
    except BaseException as exc:
        if is_lost(conn):
            raise  # the next holder of the lock finds the run abandoned
        _fail(conn, run, exc)
        if isinstance(exc, psycopg.Error) and exc.sqlstate == "FM422":
            raise _refused(exc) from exc
        if isinstance(exc, UNREADABLE) and not isinstance(exc, psycopg.OperationalError):
            # a file that is locked, or on a share that went away, may be there in a while
            is_away = isinstance(exc, OSError) and not isinstance(exc, gzip.BadGzipFile)
            error = SourceAway if is_away else SourceError
            raise error(f"source {source.name}: {exc}") from exc
        raise


@contextmanager
def locked(conn: psycopg.Connection) -> Iterator[list[Run]]:
    """Hold the sync lock, waiting for whoever has it; yields the abandoned runs, now failed."""
    if not _one(conn, "select pg_try_advisory_lock(hashtext(%s))", LOCK):
        logger.info("another run is being made, waiting for it to end")
        conn.execute("select pg_advisory_lock(hashtext(%s))", [LOCK])
    try:
        with conn.cursor(row_factory=class_row(Run)) as cursor:
            abandoned = cursor.execute("select * from ops.fail_abandoned_runs()").fetchall()
        for run in abandoned:
            logger.warning("run %s of %s had died; marked failed", run.run_id, run.source)
        yield abandoned
    finally:
        if not is_lost(conn):
            conn.execute("select pg_advisory_unlock(hashtext(%s))", [LOCK])


def refresh(conn: psycopg.Connection, *, forced: bool = False) -> int:
    """Bring the snapshot up to date if anything changed and return its version."""
    version: int = _one(conn, "select ops.refresh(%s)", forced)
    return version


def declare(conn: psycopg.Connection, source: Source) -> None:
    """Write the declaration of a source into ops.sources."""
    conn.execute(
        "select ops.declare_source(%s, %s, %s, %s, %s, %s, %s)",
        [
            source.name,
            source.kind,
            source.place,
            source.priority,
            source.schedule,
            source.max_removed,
            source.min_rows,
        ],
    )


def parse_moment(text: str) -> dt.datetime:
    """Return an ISO 8601 date or time; Korean time unless it says otherwise."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as exc:
        raise SettingsError(
            f"{text!r} is no date", hint="2025-01-31 or 2025-01-31T09:00+09:00"
        ) from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=KOREA)


def _begin(conn: psycopg.Connection, source: Source, files: list[File], order: Order) -> Run:
    label = ", ".join(file.name for file in files[:3]) + (" ..." if len(files) > 3 else "")
    effective_at = order.effective_at or dt.datetime.now(dt.UTC)
    try:
        return _run(
            conn,
            "select * from ops.begin_run(%s, %s, %s, %s, %s)",
            source.name,
            label or source.place,
            effective_at,
            order.accept_removals,
            order.files is None and order.effective_at is None,
        )
    except psycopg.Error as exc:
        if exc.sqlstate == "FM422":
            raise _refused(exc) from exc
        raise


def _refused(exc: psycopg.Error) -> RunRefused:
    return RunRefused(exc.diag.message_primary or "", hint=exc.diag.message_hint or "")


def _make(
    conn: psycopg.Connection,
    run: Run,
    source: Source,
    files: list[File],
    reader: Reader,
    issues: list[Issue],
    *,
    dry_run: bool,
) -> Run:
    taken = _one(conn, "select fingerprint from ops.sources where source = %s", source.name)
    salt = _salt(conn, source)
    with ThreadPoolExecutor(1) as beside:
        fingerprint = beside.submit(digest, files, *salt)
        may_be_same = taken and taken.startswith(size(files)) and not dry_run
        if may_be_same and fingerprint.result() == taken:
            return _with_samples(conn, _run(conn, "select * from ops.skip_run(%s)", run.run_id))
        try:
            return _apply(conn, run, reader, issues, fingerprint)
        except (Unfit, psycopg.DataError, psycopg.IntegrityError) as exc:
            logger.info("%s is not plain: %s; reading it carefully", run.file, exc)
            return _apply(conn, run, reader, issues, fingerprint, careful=True)


def _apply(
    conn: psycopg.Connection,
    run: Run,
    reader: Reader,
    issues: list[Issue],
    fingerprint: Future[str],
    *,
    careful: bool = False,
) -> Run:
    """Stage and apply in one transaction."""
    with conn.transaction():
        found = [*issues]
        _stage(conn, run.source, reader, found, careful=careful)
        _report(conn, run, found)
        done = _run(
            conn,
            "select * from core.sync(%s, %s, %s)",
            run.run_id,
            Jsonb(reader.mapping),
            fingerprint.result(),
        )
        _locate(conn, run, reader)
    return _with_samples(conn, done)


def _stage(
    conn: psycopg.Connection, source: str, reader: Reader, issues: list[Issue], *, careful: bool
) -> None:
    conn.execute("select core.create_staging(%s, %s, %s)", [source, reader.columns, reader.types])
    for part in reader.parts(issues, careful=careful):
        copy_part(conn, source, part)


def copy_part(conn: psycopg.Connection, source: str, part: Part) -> int:
    """Stage a part and return its number of rows; the staging table is of this transaction."""
    # Frozen: no later scan asks who wrote each row.
    command = sql.SQL("copy {} ({}) from stdin with (freeze, {})").format(
        sql.Identifier("raw", source),
        sql.SQL(", ").join(map(sql.Identifier, part.columns)),
        sql.SQL(part.options),
    )
    with conn.cursor() as cursor:
        with cursor.copy(command) as copy:
            for block in part.blocks:
                copy.write(block)
        return cursor.rowcount


def _report(conn: psycopg.Connection, run: Run, issues: list[Issue]) -> None:
    if issues:
        conn.execute(
            "select ops.report_issues(%s, %s, %s, %s, %s, %s)",
            [
                run.run_id,
                *(
                    list(column)
                    for column in zip(*map(msgspec.structs.astuple, issues), strict=True)
                ),
            ],
        )


def _locate(conn: psycopg.Connection, run: Run, reader: Reader) -> None:
    """Give the issues that core.sync found by row number their file and line."""
    rows = conn.execute(
        "select row_number from ops.run_issues where run_id = %s and row_number is not null",
        [run.run_id],
    ).fetchall()
    if rows:
        places = reader.locate({row for (row,) in rows})
        conn.execute(
            "select ops.locate_issues(%s, %s, %s)",
            [run.run_id, list(places), list(places.values())],
        )


def _with_samples(conn: psycopg.Connection, run: Run) -> Run:
    """Add the first issues: the run's own, or the last ones if its bytes were the last ones."""
    with conn.cursor(row_factory=class_row(Issue)) as cursor:
        run.samples = cursor.execute(
            "select location, code, message, coalesce(raw::text, '') as raw, is_warning"
            " from ops.run_issues"
            " where run_id = (select max(i.run_id) from ops.run_issues as i"
            " inner join ops.runs as r on r.run_id = i.run_id"
            " where r.source = %s and r.fingerprint = %s)"
            " order by is_warning, issue_id limit 5",
            [run.source, run.fingerprint],
        ).fetchall()
    return run


def _salt(conn: psycopg.Connection, source: Source) -> tuple[bytes, bytes]:
    """Return what a run depends on beside the bytes: the declaration and the name map."""
    names = _one(conn, "select core.name_map_version()")
    declared = msgspec.json.encode(source, enc_hook=str, order="sorted")
    return declared, str(names).encode()


def _fail(conn: psycopg.Connection, run: Run, exc: BaseException) -> None:
    reason = str(exc) if isinstance(exc, FmwError | psycopg.Error) else repr(exc)
    conn.execute("select ops.fail_run(%s, %s)", [run.run_id, reason])


def _run(conn: psycopg.Connection, query: LiteralString, *arguments: object) -> Run:
    with conn.cursor(row_factory=class_row(Run)) as cursor:
        row = cursor.execute(query, arguments).fetchone()
    if row is None:
        raise RunRefused("the run was ended by somebody else while it was being made")
    return row


def _one(conn: psycopg.Connection, query: LiteralString, *arguments: object) -> Any:
    row = conn.execute(query, arguments).fetchone()
    return row[0] if row else None
