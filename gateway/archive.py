"""What answers while Postgres does not: the newest snapshot files, read by DuckDB."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import duckdb
import msgspec

from db.snapshots import Manifest, SnapshotResource
from gateway.cache import Cache, Shown
from gateway.catalog import Catalog, Column, Relation, fold
from gateway.copying import Task
from gateway.errors import busy
from gateway.scanning import FileRows
from gateway.snapshots import Snapshots, Version
from gateway.trees import literal

SEATS = 4
"""Answers that are made at once."""
THREADS = 2
MEMORY = "512MB"
"""DuckDB's, for all answers; what does not fit goes to a temporary file."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Held(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One version that is whole, ready to be asked."""

    version: Version
    catalog: Catalog
    duck: duckdb.DuckDBPyConnection

    @property
    def shown(self) -> Shown:
        """The snapshot, marked as what may be old."""
        return msgspec.structs.replace(self.version.shown, is_stale=True)


class Archive:
    """Answers like a `Reader`, from files. A damaged version is passed over for the one before."""

    cache = Cache(0)
    """Nothing is kept: Postgres is back before it pays."""

    def __init__(self, snapshots: Snapshots, patience: float, wait: float) -> None:
        """Take the files, the seconds a query may take, and those to wait for a turn."""
        self.patience = patience
        self._snapshots = snapshots
        self._wait = wait
        self._turns = asyncio.Semaphore(SEATS)
        self._threads = ThreadPoolExecutor(SEATS + 2, "gateway-archive")
        self._opening = threading.Lock()
        self._held: Held | None = None

    def close(self) -> None:
        """Let go of the files."""
        self._threads.shutdown(wait=False)
        if self._held:
            self._held.duck.close()

    async def held(self) -> Held | None:
        """Return the newest version all of which is whole; None = there is none."""
        return await self.run(self._open)

    def rows(self, task: Task) -> FileRows:
        """Return the rows of one answer, from the version that was held last."""
        if self._held is None:
            raise busy("There are no snapshot files")
        zone = self._held.version.manifest.timezone
        return FileRows(self._held.duck, task, self._held.shown, zone)

    def dated(self, shown: Shown) -> Shown:
        """Return what it was given: files say themselves when their sources were checked."""
        return shown

    async def is_alive(self) -> bool:
        """Whether it answers at all: files always do."""
        return True

    async def run(self, function: Callable[[], _T], seat: Executor | None = None) -> _T:
        """Call a blocking function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(seat or self._threads, function)

    @asynccontextmanager
    async def admitted(self, *, streams: bool) -> AsyncIterator[Executor]:
        """Hold the right to one answer; 503 PGRST003 if there are too many."""
        try:
            async with asyncio.timeout(self._wait):
                await self._turns.acquire()
        except TimeoutError:
            raise busy("Too many requests wait") from None
        try:
            yield self._threads
        finally:
            self._turns.release()

    def _open(self) -> Held | None:
        with self._opening:
            for version in self._snapshots.versions():
                if self._held and self._held.version is version:
                    break
                if self._is_whole(version):
                    before, self._held = self._held, _hold(version)
                    _log.warning("answers come from %s when Postgres is away", version.path)
                    if before:  # the answers it still gives have cursors of their own
                        before.duck.close()
                    break
            return self._held

    def _is_whole(self, version: Version) -> bool:
        names = [f"{resource.name}.parquet" for resource in version.manifest.resources]
        return all(self._snapshots.check(version, name) for name in names)


def _hold(version: Version) -> Held:
    """Make the files of a version relations of a database in memory."""
    config: Any = {"threads": THREADS, "memory_limit": MEMORY}
    duck = duckdb.connect(config=config | {"temp_directory": tempfile.gettempdir()})
    duck.execute("create schema api; use api")
    for resource in version.manifest.resources:
        duck.read_parquet(str(version.path / f"{resource.name}.parquet")).create_view(resource.name)
    folder = literal(f"{version.path.as_posix()}/").sql("duckdb")
    duck.execute(f"set allowed_directories = [{folder}]")
    duck.execute("set enable_external_access = false")
    return Held(version=version, catalog=_catalog(version.manifest, duck), duck=duck)


def _catalog(manifest: Manifest, duck: duckdb.DuckDBPyConnection) -> Catalog:
    rows = {file.resource: file.rows for file in manifest.files}
    relations = {
        resource.name: _relation(resource, rows.get(resource.name, 0))
        for resource in manifest.resources
    }
    groups: dict[str, str] = {}
    if {"groups", "aliases"} <= relations.keys():
        names = duck.execute("select feature_group from api.groups").fetchall()
        aliases = duck.execute(
            "select alias, standard from api.aliases where domain = 'feature_group'"
        ).fetchall()
        groups = {fold(alias): standard for alias, standard in aliases}
        groups |= {fold(name): name for (name,) in names}
    return Catalog(schema="api", relations=relations, groups=groups)


def _relation(resource: SnapshotResource, rows: int) -> Relation:
    columns = {
        column.name: Column(
            name=column.name,
            type=column.type,
            category=column.category,
            is_json=column.type in ("json", "jsonb"),
            may_break_lines=False,
        )
        for column in resource.columns
    }
    return Relation(
        schema="api",
        name=resource.name,
        comment=None,
        estimate=rows,
        is_stored=False,
        columns=columns,
        key=tuple(resource.key),
        searched=tuple(resource.searched),
        is_file=True,
    )
