"""Writes every request to `ops.request_log`: in batches, beside the answers, never in their way."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import LiteralString

import msgspec
import psycopg
from psycopg.types.json import Json

from db.connection import LOG, connect
from fmw.errors import DatabaseUnavailable
from fmw.settings import Settings
from gateway.observer import Observation

BOUND = 10_000
"""Requests that wait to be written while Postgres is away; then the oldest are dropped."""
BATCH = 500
"""Requests written at once."""
EVERY = 1.0
"""Seconds after which fewer are written, too."""
RETRY = 1.0
"""Seconds until a database that is away is tried again; each time twice as many."""
LONGEST = 30.0
"""Seconds between two attempts at most."""
PATIENCE = 10.0
"""Seconds the last ones get when the service stops."""
MAX_TEXT = 2000
"""Characters of a query string that are written."""
UNLOGGED = frozenset(("/live", "/ready", "/metrics", "/api/v1/rpc/report_page_load"))
"""Routes that machines ask for every few seconds; and a report that becomes a row by itself."""

# Postgres takes the observations apart: what Python does here, it does instead of answering.
_INSERT: LiteralString = """
insert into ops.request_log (
    at, service, request_id, method, route, resource, query, format, status, bytes, milliseconds,
    first_byte_ms, client, user_agent, was_cached, is_complete
)
select
    to_timestamp(at), service, request_id, method, route, nullif(resource, ''), nullif(query, ''),
    nullif(format, ''), status, size, round(seconds * 1e6) / 1e3, round(first_byte * 1e6) / 1e3,
    client, nullif(user_agent, ''), was_cached, is_complete
from json_to_recordset(%s) as seen (
    at double precision, service text, request_id text, method text, route text, resource text,
    query text, format text, status integer, size bigint, seconds double precision,
    first_byte double precision, client inet, user_agent text, was_cached boolean,
    is_complete boolean
)
"""
_NEVER = psycopg.DataError, psycopg.IntegrityError, UnicodeError
"""Errors of what would not be taken the next time, either."""
_BEYOND_ASCII = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")
_log = logging.getLogger(__name__)


class RequestLog:
    """A queue of bounded length, and a thread that empties it.

    What was being written when Postgres broke off is written again: a row may be there twice.
    """

    def __init__(self, settings: Settings, bound: int = BOUND) -> None:
        """Keep `bound` requests, and one batch, while nobody takes them."""
        self.written = 0
        """Requests that are in the table."""
        self.dropped = 0
        """Requests for which there was no room."""
        self.refused = 0
        """Requests that Postgres did not take."""
        self._settings = settings
        self._bound = bound
        self._queue: deque[Observation] = deque()
        self._batch: list[Observation] = []
        self._noted = 0
        self._is_away = False
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)

    def note(self, seen: Observation) -> None:
        """Have a request written; the oldest makes room if there is none."""
        if seen.route in UNLOGGED:
            return
        self._queue.append(seen)
        if len(self._queue) > self._bound:
            with suppress(IndexError):  # the thread was quicker
                self._queue.popleft()
                self.dropped += 1
        self._noted += 1
        if self._noted % BATCH == 0:
            self._due.set()

    @property
    def waiting(self) -> int:
        """Requests that are not written yet."""
        return len(self._queue) + len(self._batch)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write until left; then what is still there."""
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._due.set()
            await asyncio.to_thread(self._thread.join, PATIENCE)
            if lost := self.waiting + self.dropped + self.refused:
                _log.warning("%s requests are not in the request log", lost)

    def _run(self) -> None:
        delay, is_last = RETRY, False
        while True:
            try:
                with connect(self._settings, LOG) as conn:
                    self._serve(conn)
                return
            except (DatabaseUnavailable, psycopg.Error) as exc:
                if is_last:
                    return
                if not self._is_away:
                    _log.warning("the request log is not written for now: %s", exc)
                    delay = RETRY
                self._is_away = True
            is_last = self._stopping.wait(delay)
            delay = min(2 * delay, LONGEST)

    def _serve(self, conn: psycopg.Connection) -> None:
        """Write what there is, again and again; a last time after it was told to stop."""
        conn.execute("set synchronous_commit = off")  # a crash may cost the last moment's
        is_last = False
        while not is_last:
            is_last = self._stopping.is_set()
            while self._batch or self._queue:
                self._write(conn)
            if not is_last:
                self._due.wait(EVERY)
                self._due.clear()

    def _write(self, conn: psycopg.Connection) -> None:
        while self._queue and len(self._batch) < BATCH:
            self._batch.append(_writable(self._queue.popleft()))
        try:
            conn.execute(_INSERT, [Json(self._batch, msgspec.json.encode)])
            self.written += len(self._batch)
            if self._is_away:
                _log.warning("the request log is written again")
            self._is_away = False
        except _NEVER as exc:
            self.refused += len(self._batch)
            _log.error("%s requests are not logged: %s", len(self._batch), exc)
        self._batch.clear()


def _writable(seen: Observation) -> Observation:
    """Make of a request what the table can hold."""
    seen.resource = seen.resource.replace("\0", "")
    seen.query = readable(seen.query)[:MAX_TEXT]
    seen.client = address(seen.client)
    seen.user_agent = seen.user_agent.replace("\0", "")
    return seen


def readable(query: str) -> str:
    """Return a query string with letters beyond ASCII as such: `%ED%99%98` becomes 환.

    All else stays encoded, so it means the same and can be asked again.
    """
    return _BEYOND_ASCII.sub(_decoded, query) if "%" in query else query


def _decoded(found: re.Match[str]) -> str:
    encoded = bytes.fromhex(found[0].replace("%", ""))
    try:
        return encoded.decode()
    except UnicodeDecodeError as exc:  # another encoding, or cut within a letter
        return encoded[: exc.start].decode() + found[0][3 * exc.start :]


@lru_cache(maxsize=1024)
def address(host: str | None) -> str | None:
    """Return an address as Postgres' inet takes it; None = it is none."""
    try:
        return str(ipaddress.ip_address((host or "").partition("%")[0]))
    except ValueError:
        return None
