"""One answer on its way out of Postgres: counts, then a COPY read in blocks.

Everything here blocks and runs in a thread of the caller's; nothing knows about HTTP.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.waiting import Wait
from psycopg_pool import ConnectionPool

from gateway.cache import Shown
from gateway.formats import Format

BLOCK = 128 * 1024
"""Bytes after which a block is handed on."""

# The caller watches the time: a statement_timeout would also count the client's pace.
_BEGIN: LiteralString = """
begin isolation level repeatable read read only; set local statement_timeout = 0
"""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be asked for one answer: statements, None = not wanted."""

    form: Format
    copy: bytes | None
    total: bytes | None
    facets: bytes | None
    types: list[str]
    """Of the outputs, by Postgres' names."""
    timezone: str = ""
    """In which instants are written; empty = the database's own."""
    snapshot: bytes | None
    """Asks for its row: snapshot_version, refreshed_at, checked_at."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the first block is there."""

    total: int | None = None
    facets: Any = None
    snapshot: Shown | None = None
    waited: float
    """Seconds until a connection was there."""
    queried: float
    """Seconds from there to the first block."""


class _Unread(Exception):
    """Makes psycopg cancel a COPY that was not read to its end."""


class Rows:
    """The rows of one answer: `open`, `read` until `is_done`, `close` if it did not come to that.

    One thread reads; `cancel` and `close` may be called from another at any moment. Errors of
    Postgres come through.
    """

    def __init__(self, pool: ConnectionPool[Any], task: Task) -> None:
        self.count = 0
        """Rows read so far."""
        self.is_done = False
        """The last block was returned and the connection given back."""
        self._pool = pool
        self._task = task
        self._form = task.form
        self._conn: psycopg.Connection[Any] | None = None
        self._copy = ExitStack()
        self._is_first = True
        self._is_read = task.copy is None
        self._is_cancelled = False
        self._reading = threading.Lock()
        self._owning = threading.Lock()

    def open(self) -> tuple[Opening, bytes]:
        """Take a connection, ask what must be known before the body, and read the first block."""
        with self._reading:
            started = time.perf_counter()
            conn = self._begin()
            begun = time.perf_counter()
            known = self._ask(conn)
            if self._task.copy:
                self._copy.enter_context(conn.cursor().copy(self._task.copy))
            block = self._next(conn)
            now = time.perf_counter()
            return Opening(waited=begun - started, queried=now - begun, **known), block

    def read(self) -> bytes:
        """Return the next block: a whole number of rows, none at the end."""
        with self._reading:
            if self._conn is None or self._is_cancelled:
                raise psycopg.errors.QueryCanceled("cancelled while it was read")
            return self._next(self._conn)

    def cancel(self) -> None:
        """Make Postgres stop; `open` and `read` then fail with `QueryCanceled`. Waits for that."""
        self._is_cancelled = True
        patience = 0.0
        while not self._reading.acquire(timeout=patience):
            # again and again: Postgres ignores what arrives between two statements
            with self._owning:
                if self._conn is not None and not self._conn.closed:
                    self._conn.cancel_safe(timeout=5)
            patience = 0.2
        self._reading.release()

    def close(self) -> None:
        """Give the connection back, cancelling what still runs."""
        self.cancel()
        with self._reading:
            self._release()

    def _next(self, conn: psycopg.Connection[Any]) -> bytes:
        rows = [] if self._is_read else conn.wait(self._fetch(conn))
        block = self._form.join(rows, self._is_first)
        self.count += len(rows) - (1 if self._is_first and self._form.has_header else 0)
        self._is_first = False
        if self._is_read:
            self._release()
            self.is_done = True
        return block

    def _release(self) -> None:
        with self._owning:
            conn, self._conn = self._conn, None
        if conn is None:
            return
        try:
            with suppress(_Unread), self._copy:
                if not self._is_read:
                    raise _Unread
            conn.rollback()
        except psycopg.Error:
            conn.close()
        finally:
            self._pool.putconn(conn)

    def _begin(self) -> psycopg.Connection[Any]:
        # A pool does not notice that Postgres was restarted: throw out its dead connections once.
        conn: psycopg.Connection[Any] = self._pool.getconn()
        try:
            conn.execute(_BEGIN)
        except psycopg.OperationalError:
            self._pool.putconn(conn)
            self._pool.check()
            conn = self._pool.getconn()
        with self._owning:
            self._conn = conn
            if self._is_cancelled:
                raise psycopg.errors.QueryCanceled("cancelled before it began")
        if conn.info.transaction_status == TransactionStatus.IDLE:
            conn.execute(_BEGIN)
        if self._task.timezone:
            conn.execute("select set_config('timezone', %s, true)", [self._task.timezone])
        return conn

    def _ask(self, conn: psycopg.Connection[Any]) -> dict[str, Any]:
        task = self._task
        asked = {"total": task.total, "facets": task.facets}
        known = {name: _row(conn, sql)[0] for name, sql in asked.items() if sql}
        if task.snapshot:
            version, refreshed_at, checked_at = _row(conn, task.snapshot)
            known["snapshot"] = Shown(
                snapshot_version=version, refreshed_at=refreshed_at, checked_at=checked_at
            )
        return known

    def _fetch(self, conn: psycopg.Connection[Any]) -> PQGen[list[memoryview]]:
        # psycopg's Copy.read waits once per row; one wait per block is a quarter faster.
        rows, size, pgconn = [], 0, conn.pgconn
        while size < BLOCK:
            length, row = pgconn.get_copy_data(1)
            if length > 0:
                rows.append(row)
                size += length
            elif length == 0:
                while not (yield Wait.R):
                    pass
                pgconn.consume_input()
            else:
                self._finish(conn)
                break
        return rows

    def _finish(self, conn: psycopg.Connection[Any]) -> None:
        self._is_read = True
        failed = None
        while result := conn.pgconn.get_result():
            failed = failed or (result if result.status != ExecStatus.COMMAND_OK else None)
        if failed:
            raise psycopg.errors.error_from_result(failed)


def _row(conn: psycopg.Connection[Any], statement: bytes) -> tuple[Any, ...]:
    [row] = conn.execute(statement).fetchall()
    return tuple(row)
