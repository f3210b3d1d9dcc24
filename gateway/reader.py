"""One exposed schema, read as one role: its pool, its catalog and who may use them when."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from db.connection import connect, open_pool
from fmw.errors import DatabaseUnavailable
from fmw.settings import Settings
from gateway.archive import Archive
from gateway.cache import Cache, Shown
from gateway.catalog import Catalog, has_columns, load_catalog
from gateway.compiler import SNAPSHOT_COLUMNS
from gateway.copying import DOUBT, Rows, Task
from gateway.errors import RETRY_AFTER, ApiError, absent, busy
from gateway.snapshots import Snapshots

CHANNEL = "fmw"
WRITTEN = "api"
"""The schema of which the sync writes files."""
RESERVED = 2
"""Connections that streams leave to short answers."""

MAX_AGE = 60.0
"""Seconds after which a reader that does not listen reads its catalog again."""

RETRY = 1.0
"""Seconds until a reader that listens tries again to reach Postgres."""

LOOK = 5.0
"""Seconds after which a reader that listens looks again when the sources were checked."""

# A statement_timeout would also count the client's pace: who asks watches the time himself.
_CONFIGURE = """
select
    set_config('statement_timeout', '0', false),
    set_config('search_path', %s, false),
    set_config('default_transaction_isolation', 'repeatable read', false),
    set_config('default_transaction_read_only', 'on', false),
    set_config('standard_conforming_strings', 'on', false)
"""
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Reader:
    """Reads `schema` as `role` over at most `size` connections.

    Its threads are its own: one for each connection, which an answer keeps to its end (many threads
    taking turns with one stream are slower: each has its own heap), and as many for cancelling.
    Who gets a connection is decided before a thread is taken, so no thread ever waits for another.
    One that listens keeps its catalog current by NOTIFY and connects at once, others when first
    asked.
    """

    def __init__(
        self,
        settings: Settings,
        schema: str,
        role: str,
        size: int,
        *,
        listens: bool,
        search_path: Sequence[str] = (),
    ) -> None:
        self.schema = schema
        self.patience = settings.gateway_statement_timeout
        """Seconds Postgres may take for a block of an answer."""
        self.cache = Cache(int(settings.gateway_cache * 2**20))
        self.shown: Shown | None = None
        """The snapshot the schema shows; None while nobody listens, or there is no such view."""
        self.is_away = False
        """Postgres was asked and does not answer; until it does, nobody should wait for it."""
        self.snapshots: Snapshots | None = None
        """Its files, if somebody writes them."""
        if listens and schema == WRITTEN:
            self.snapshots = Snapshots(settings.path(settings.var) / "snapshots")
        self.archive: Archive | None = None
        """Answers in its place; only while `running`, if there are files."""
        self.accel = settings.gateway_accel
        self.waiting = 0
        """Requests that wait for a connection."""
        self._path = [schema, *search_path]
        self._settings = settings
        self._role = role
        self._size = size
        self._streams = asyncio.Semaphore(max(1, size - RESERVED))
        self._connections = asyncio.Semaphore(size)
        self._seats = [ThreadPoolExecutor(1, f"gateway-{schema}-{n}") for n in range(size)]
        self._threads = ThreadPoolExecutor(size + 1, f"gateway-{schema}")
        self._catalog: Catalog | None = None
        self._loaded_at = 0.0
        self._listens = listens
        self._loading = threading.Lock()
        self._stopping = threading.Event()
        self._asking: asyncio.Future[bool] | None = None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._pool: ConnectionPool[Any] | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the pool open and the catalog current."""
        self._pool = await self.run(self._open_pool)
        if self.snapshots:
            patience, wait = self.patience, self._settings.gateway_pool_timeout
            self.archive = Archive(self.snapshots, patience, wait)
        if self._listens:
            self._listener.start()
        try:
            yield
        finally:
            self._stopping.set()
            await self.run(self._pool.close)
            if self._listens:
                await self.run(lambda: self._listener.join(5))
            if self.archive:
                self.archive.close()
            if self.snapshots:
                self.snapshots.close()
            for threads in (*self._seats, self._threads):
                threads.shutdown(wait=False)

    @property
    def pool(self) -> ConnectionPool[Any]:
        """The pool; only while `running`."""
        if self._pool is None:
            raise busy("The gateway is starting or stopping")
        return self._pool

    def rows(self, task: Task) -> Rows:
        """Return the rows of one answer."""
        return Rows(self.pool, task)

    def dated(self, shown: Shown) -> Shown:
        """Return a snapshot with when its sources were checked, if it is the one now shown."""
        known = self.shown
        return known if known and known.identity == shown.identity else shown

    async def is_alive(self) -> bool:
        """Whether Postgres answers somebody who comes anew, within a second; all ask once."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._is_alive())
        return await asyncio.shield(self._asking)

    async def _is_alive(self) -> bool:
        try:
            async with asyncio.timeout(DOUBT):
                await self.run(self._greet)
        except (DatabaseUnavailable, psycopg.Error, TimeoutError) as exc:
            if not self.is_away:
                _log.error("Postgres does not answer: %s", exc or "nothing within a second")
            self.is_away = self._listens
            return False
        return True

    def _greet(self) -> None:
        with connect(self._settings, self._role) as conn:
            conn.execute("select 1")

    async def run(self, function: Callable[[], _T], seat: Executor | None = None) -> _T:
        """Call a blocking function in the thread of `seat`, or in one of the others."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(seat or self._threads, function)

    @asynccontextmanager
    async def admitted(self, *, streams: bool) -> AsyncIterator[Executor]:
        """Hold the right to one connection, and its thread; 503 PGRST003 if none comes free."""
        held: list[asyncio.Semaphore] = []
        try:
            await self._enter(held, streams=streams)
            if self.is_away and self.archive:
                raise absent()
            seat = self._seats.pop()
            try:
                yield seat
            finally:
                self._seats.append(seat)
        finally:
            for gate in held:
                gate.release()

    async def _enter(self, held: list[asyncio.Semaphore], *, streams: bool) -> None:
        """Pass the gates, and add them to `held` as they are passed."""
        self.waiting += 1
        try:
            async with asyncio.timeout(self._settings.gateway_pool_timeout):
                for gate in (self._streams, self._connections) if streams else (self._connections,):
                    await gate.acquire()
                    held.append(gate)
        except TimeoutError:
            raise busy("Too many requests wait for the database") from None
        finally:
            self.waiting -= 1

    @property
    def known_catalog(self) -> Catalog | None:
        """The catalog, if it was read once."""
        return self._catalog

    async def catalog(self, *, newer: bool = False) -> Catalog:
        """Return the catalog; `newer` reads it again, but not more than once a second.

        Raises `ApiError` 503 PGRST002 while the database has not been reached yet.
        """
        is_old = not self._listens and time.monotonic() - self._loaded_at > MAX_AGE
        if self._catalog is None or newer or is_old:
            await self.run(self._reload)
        if self._catalog is None:
            message = "Could not query the database for the schema cache. Retrying."
            raise ApiError(503, "PGRST002", message, headers=RETRY_AFTER)
        return self._catalog

    def _reload(self) -> None:
        with self._loading:
            if time.monotonic() - self._loaded_at < 1:
                return
            try:
                with connect(self._settings, self._role) as conn:
                    self._load(conn)
            except (DatabaseUnavailable, psycopg.Error) as exc:
                _log.warning("the catalog of %s could not be read: %s", self.schema, exc)
                self._loaded_at = time.monotonic()

    def _load(self, conn: psycopg.Connection[Any]) -> None:
        self._catalog = load_catalog(conn, self.schema)
        self._loaded_at = time.monotonic()

    def _open_pool(self) -> ConnectionPool[Any]:
        return open_pool(
            self._settings,
            self._role,
            self._size,
            min_size=1 if self._listens else 0,
            configure=self._configure,
            timeout=self._settings.gateway_pool_timeout,
            name=f"gateway-{self.schema}",
        )

    def _configure(self, conn: psycopg.Connection[Any]) -> None:
        path = sql.SQL(", ").join(map(sql.Identifier, self._path)).as_string()
        conn.execute(_CONFIGURE, (path,))

    def _listen(self) -> None:
        delay = 0.0  # of the first
        while not self._stopping.wait(delay):
            try:
                with connect(self._settings, self._role) as conn:
                    self._follow(conn)
            except (DatabaseUnavailable, psycopg.Error) as exc:
                self.shown = None
                if not self.is_away:
                    _log.warning("not listening to %s: %s", CHANNEL, exc)
                self.is_away = True
                delay = RETRY

    def _follow(self, conn: psycopg.Connection[Any]) -> None:
        conn.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
        self._load(conn)
        looked_at = -LOOK
        while not self._stopping.is_set():
            if self.is_away or time.monotonic() - looked_at >= LOOK:
                self.shown = self._look(conn)
                looked_at = time.monotonic()
                if self.is_away:
                    _log.warning("Postgres answers again")
                    self.is_away = False
            # to the end first: while the generator is open it holds the connection's lock
            if list(conn.notifies(timeout=0.5, stop_after=1)):
                self.shown = None  # until it is known which
                self._load(conn)
                looked_at = -LOOK

    def _look(self, conn: psycopg.Connection[Any]) -> Shown | None:
        """Read which snapshot the schema shows."""
        catalog = self._catalog
        if not catalog or not has_columns(catalog.relations.get("snapshot"), *SNAPSHOT_COLUMNS):
            return None
        columns = sql.SQL(", ").join(map(sql.Identifier, SNAPSHOT_COLUMNS))
        table = sql.Identifier(self.schema, "snapshot")
        row = conn.execute(sql.SQL("select {} from {}").format(columns, table)).fetchone()
        return Shown(**dict(zip(SNAPSHOT_COLUMNS, row, strict=True))) if row else None
