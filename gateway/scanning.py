"""One answer on its way out of the snapshot files; the counterpart of `gateway.copying`."""

from __future__ import annotations

import csv
import io
import threading
import time
from contextlib import suppress
from typing import Any

import duckdb
import msgspec
import psycopg

from gateway.cache import Shown
from gateway.copying import BLOCK, Opening, Task
from gateway.duck import away, set_zone
from gateway.errors import ApiError

ROWS = 512
"""Rows fetched at once."""


class FileRows:
    """The rows of one answer: `open`, `read` until `is_done`, `close` if it did not come to that.

    One thread reads; `cancel` and `close` may be called from another at any moment. Raises
    `ApiError` for a query that DuckDB refuses, `QueryCanceled` after `cancel`.
    """

    def __init__(
        self, duck: duckdb.DuckDBPyConnection, task: Task, shown: Shown, zone: str
    ) -> None:
        self.count = 0
        """Rows read so far."""
        self.is_done = False
        """The last block was returned."""
        self._cursor = duck.cursor()
        self._task = task
        self._shown = shown
        self._zone = zone
        self._is_first = True
        self._reading = threading.Lock()

    def open(self) -> tuple[Opening, bytes]:
        """Ask what must be known before the body, and read the first block."""
        started = time.perf_counter()
        with self._reading:
            known = self._asked()
            if self._task.rows:
                self._execute(self._task.rows)
            block = self._next()
            queried = time.perf_counter() - started
            return Opening(waited=0, queried=queried, snapshot=self._shown, **known), block

    def read(self) -> bytes:
        """Return the next block: a whole number of rows, none at the end."""
        with self._reading:
            return self._next()

    def cancel(self) -> None:
        """Make DuckDB stop."""
        with suppress(duckdb.ConnectionException):  # it is done, and closed
            self._cursor.interrupt()

    def abandon(self) -> None:
        """Do the same."""
        self.cancel()

    def close(self) -> None:
        """Stop, and let go of the files."""
        self.cancel()
        with self._reading:
            self._cursor.close()

    def _asked(self) -> dict[str, Any]:
        self._execute(set_zone(self._zone))
        try:
            self._execute(self._task.timezone or b"select 1")
        except ApiError as exc:
            raise ApiError(400, "22023", "invalid value for the time zone") from exc
        values = []
        for statement in self._task.asks.values():
            row = self._execute(statement).fetchone()
            values.append(str(row[0]).encode() if row else b"")
        return self._task.known(values)

    def _execute(self, statement: bytes) -> duckdb.DuckDBPyConnection:
        try:
            return self._cursor.execute(statement.decode())
        except duckdb.Error as exc:
            raise _refusal(exc) from exc

    def _next(self) -> bytes:
        form, rows, size = self._task.form, list[memoryview](), 0
        if self._is_first and form.has_header:
            rows.append(memoryview(_header(self._task.names)))
        while self._task.rows and size < BLOCK:
            lines = self._fetch()
            if not lines:
                break
            rows += map(memoryview, lines)
            self.count += len(lines)
            size += sum(map(len, lines))
        block = form.join(rows, self._is_first)
        self._is_first = False
        if size < BLOCK:
            self.is_done = True
            self._cursor.close()
        return block

    def _fetch(self) -> list[bytes]:
        try:
            lines = [line.encode() + b"\n" for (line,) in self._cursor.fetchmany(ROWS)]
        except duckdb.Error as exc:
            raise _refusal(exc) from exc
        return [_stripped(line) for line in lines] if self._task.form.strips_nulls else lines


def _refusal(error: duckdb.Error) -> Exception:
    if isinstance(error, duckdb.InterruptException):
        return psycopg.errors.QueryCanceled("cancelled while it was read")
    said = str(error).partition("\n")[0]
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        return ApiError(400, "22P02", said)
    return away(f"This ({said})")


def _header(names: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def _stripped(line: bytes) -> bytes:
    return msgspec.json.encode(_without_nulls(msgspec.json.decode(line))) + b"\n"


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value
