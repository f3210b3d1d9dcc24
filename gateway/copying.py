"""One answer on its way out of Postgres: what must be known first, then a COPY read in blocks.

Everything here blocks and runs in a thread of the caller's; nothing knows about HTTP.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import psycopg
from psycopg.abc import PQGen
from psycopg.generators import send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.waiting import Wait
from psycopg_pool import ConnectionPool

from gateway.cache import Shown
from gateway.formats import Format

BLOCK = 128 * 1024
"""Bytes after which a block is handed on."""

DOUBT = 1.0
"""Seconds of silence after which it is worth asking whether Postgres is there at all."""

CANCEL = 5.0
"""Seconds that Postgres gets to hear that a query is cancelled."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the first block is there."""

    total: int | None = None
    facets: msgspec.Raw | None = None
    """As JSON."""
    snapshot: Shown | None = None
    cursor: bytes = b""
    """The values of the page's last row, by which the next page begins; empty = it is the last."""
    waited: float
    """Seconds until a connection was there."""
    queried: float
    """Seconds from there to the first block."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be asked for one answer, as statements."""

    form: Format
    asks: Mapping[str, bytes]
    """Fields of `Opening` -> the statement whose only value they are."""
    rows: bytes | None
    """The statement of the rows: a COPY or, of few, lines of one value; None = not wanted."""
    names: list[str]
    """Of the outputs, where Postgres does not write them."""
    types: list[str]
    """Of the outputs, by Postgres' names."""
    timezone: bytes | None = None
    """Says in which time zone instants are written; None = the database's own."""

    @property
    def script(self) -> bytes:
        """All of it, in the order in which the results come: one message is one transaction."""
        parts = self.timezone, *self.asks.values(), self.rows
        return b";".join(part for part in parts if part)

    def known(self, values: Sequence[bytes]) -> dict[str, Any]:
        """Return the fields of `Opening` that were asked for, from their texts."""
        return {name: _KNOWN[name](value) for name, value in zip(self.asks, values, strict=True)}


_KNOWN: dict[str, Callable[[bytes], Any]] = {
    "cursor": bytes,
    "total": int,
    "facets": msgspec.Raw,
    "snapshot": msgspec.json.Decoder(Shown).decode,
}


class Rows:
    """The rows of one answer: `open`, `read` until `is_done`, `close` if it did not come to that.

    All that is asked goes to Postgres in one message, and the transaction ends with the last row:
    a short answer costs one round trip. One thread reads; `cancel`, `abandon` and `close` may be
    called from another at any moment. Errors of Postgres come through.
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
        self._is_first = True
        self._is_read = False
        self._is_cancelled = False
        self._is_abandoned = False
        self._reading = threading.Lock()
        self._owning = threading.Lock()

    def open(self) -> tuple[Opening, bytes]:
        """Take a connection, ask, and read what must be known before the body and its first block.

        A pool does not notice that Postgres was restarted: dead connections are thrown out once.
        """
        with self._reading:
            started = time.perf_counter()
            try:
                begun, known, rows = self._begin()
            except psycopg.OperationalError as exc:
                if self._is_abandoned or self._is_cancelled or not self._is_dead(exc):
                    raise
                self._release()
                self._pool.check()
                begun, known, rows = self._begin()
            block = self._block(rows)
            now = time.perf_counter()
            return Opening(waited=begun - started, queried=now - begun, **known), block

    def read(self) -> bytes:
        """Return the next block: a whole number of rows, none at the end."""
        with self._reading:
            if self._conn is None or self._is_cancelled:
                raise psycopg.errors.QueryCanceled("cancelled while it was read")
            conn = self._conn
            return self._block([] if self._is_read else conn.wait(self._fetch(conn)))

    def cancel(self) -> None:
        """Make Postgres stop; `open` and `read` then fail with `QueryCanceled`. Waits for that."""
        self._is_cancelled = True
        patience = 0.0
        while not self._reading.acquire(timeout=patience):
            # again and again: Postgres ignores what arrives between two statements
            with self._owning:
                if self._conn is not None and not self._conn.closed:
                    self._stop(self._conn)
            patience = 0.2
        self._reading.release()

    def abandon(self) -> None:
        """Give up a server that does not answer: `open` and `read` fail at once."""
        self._is_abandoned = True

    def close(self) -> None:
        """Give the connection back, cancelling what still runs."""
        self.cancel()
        with self._reading:
            self._release()

    def _stop(self, conn: psycopg.Connection[Any]) -> None:
        try:
            conn.cancel_safe(timeout=CANCEL)
        except psycopg.OperationalError:
            self._is_abandoned = True

    def _block(self, rows: list[memoryview]) -> bytes:
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
            if conn.info.transaction_status == TransactionStatus.ACTIVE:
                self._stop(conn)
                conn.wait(self._drain(conn))
            conn.rollback()  # says nothing to Postgres when the transaction is over
        except psycopg.Error:
            conn.close()
        finally:
            self._pool.putconn(conn)

    def _is_dead(self, error: psycopg.OperationalError) -> bool:
        """Whether the connection is the reason: then the question is as good as not asked."""
        state = error.sqlstate or "08"
        return self._conn is not None and (self._conn.closed or state.startswith(("08", "57P")))

    def _begin(self) -> tuple[float, dict[str, Any], list[memoryview]]:
        """Ask, and return when a connection was there, what is known, and the first rows."""
        conn: psycopg.Connection[Any] = self._pool.getconn(timeout=DOUBT)
        with self._owning:
            self._conn = conn
            if self._is_cancelled:
                raise psycopg.errors.QueryCanceled("cancelled before it began")
        begun = time.perf_counter()
        conn.pgconn.send_query(self._task.script)
        return (begun, *conn.wait(self._opened(conn)))

    def _opened(
        self, conn: psycopg.Connection[Any]
    ) -> PQGen[tuple[dict[str, Any], list[memoryview]]]:
        yield from send(conn.pgconn)
        known, rows = yield from self._known(conn)
        return known, rows if self._is_read else (yield from self._fetch(conn))

    def _known(
        self, conn: psycopg.Connection[Any]
    ) -> PQGen[tuple[dict[str, Any], list[memoryview]]]:
        """Return the single values that were asked for, by name, and the rows if they are one, too.

        Stops where rows begin that are copied.
        """
        values = []
        while result := (yield from self._result(conn)):
            if result.status == ExecStatus.COPY_OUT:
                break
            if result.status == ExecStatus.TUPLES_OK:
                values.append(result.get_value(0, 0) or b"")
        else:
            self._is_read = True
        asked = len(self._task.asks)
        lines = [line for value in values[asked:] if value for line in value.split(b"\n")]
        return self._task.known(values[:asked]), [memoryview(line + b"\n") for line in lines]

    def _fetch(self, conn: psycopg.Connection[Any]) -> PQGen[list[memoryview]]:
        # psycopg's Copy.read waits once per row; one wait per block is a quarter faster.
        rows, size, pgconn = [], 0, conn.pgconn
        while size < BLOCK:
            length, row = pgconn.get_copy_data(1)
            if length > 0:
                rows.append(row)
                size += length
            elif length == 0:
                yield from self._readable()
                pgconn.consume_input()
            else:
                while (yield from self._result(conn)):
                    pass
                self._is_read = True
                break
        return rows

    def _drain(self, conn: psycopg.Connection[Any]) -> PQGen[None]:
        """Read and forget all that Postgres still sends."""
        while result := (yield from self._answer(conn)):
            while result.status == ExecStatus.COPY_OUT:
                length, _ = conn.pgconn.get_copy_data(1)
                if length < 0:
                    break
                if length == 0:
                    yield from self._readable()
                    conn.pgconn.consume_input()

    def _result(self, conn: psycopg.Connection[Any]) -> PQGen[PGresult | None]:
        """Return the next result; raises the error that it is."""
        result = yield from self._answer(conn)
        if result and result.status == ExecStatus.FATAL_ERROR:
            with suppress(psycopg.OperationalError):
                yield from self._drain(conn)
            raise psycopg.errors.error_from_result(result)
        return result

    def _answer(self, conn: psycopg.Connection[Any]) -> PQGen[PGresult | None]:
        while conn.pgconn.is_busy():
            yield from self._readable()
            conn.pgconn.consume_input()
        return conn.pgconn.get_result()

    def _readable(self) -> PQGen[None]:
        while not (yield Wait.R):  # nothing came for a tenth of a second
            if self._is_abandoned:
                raise psycopg.OperationalError("the database does not answer")
