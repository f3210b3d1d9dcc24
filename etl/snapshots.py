"""Snapshot files: what schema api shows, as files that can be served when Postgres cannot.

A version is a folder of its own that is never changed after it got its name, because Windows does
not let anybody replace a file that somebody reads: docs/reference/snapshots.md.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import itertools
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import LiteralString

import duckdb
import msgspec
import psycopg
import tenacity
from psycopg import sql
from psycopg.abc import Buffer

from db.parquet import write_parquet
from db.snapshots import (
    FORMATS,
    MANIFEST,
    Manifest,
    SnapshotColumn,
    SnapshotFile,
    SnapshotResource,
    read_manifests,
)
from fmw.errors import FmwError
from fmw.settings import Settings

logger = logging.getLogger(__name__)

ROWS = 1000
"""Rows written at once."""
PACKED = 6
"""Level of gzip: nearly as small as 9, and much faster."""
RESOURCES = {
    "features": ("feature_id",),
    "groups": ("feature_group",),
    "daily_counts": ("day", "feature_group", "status"),
    "home": ("snapshot_version",),
    "snapshot": ("snapshot_version",),
    "aliases": ("domain", "alias"),
    "removed_features": ("feature_id",),
    "feature_history": ("change_id", "field"),
}
"""What is written, and in which order: that of the gateway's answers."""
SEARCHED = "features"
"""The resource that has a search of its own; `core.search_text` says into which columns."""
RECENT: LiteralString = (
    "select c.change_id from ops.changes as c order by c.changed_at desc, c.change_id desc"
    " limit 20000"
)
"""The changes of which feature_history has the fields."""
LEFT_OVER = 3600.0
"""Seconds after which a folder that never got its name is nobody's."""
_COLUMNS: LiteralString = """
select a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory::text
from pg_catalog.pg_attribute as a
join pg_catalog.pg_type as t on t.oid = a.atttypid
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
_SEARCHED: LiteralString = """
select p.proargnames from pg_catalog.pg_proc as p where p.oid = to_regproc('core.search_text')
"""
# As the gateway does it: bytes that no JSON text holds as quote and delimiter leave it as it is.
_JSON: LiteralString = "format csv, quote e'\\x01', delimiter e'\\x02', encoding 'UTF8'"
_CSV: LiteralString = "format csv, header true, encoding 'UTF8'"


class SnapshotError(FmwError):
    """The snapshot files could not be written; the last version stays."""


def write_snapshot(conn: psycopg.Connection, settings: Settings) -> Path | None:
    """Write the version the database shows, unless it is the newest here; return its folder.

    All files show one moment. Older versions beyond `snapshot_keep` are removed. `conn` is an
    autocommit connection of the etl role. None = nothing to write, or 0 are to be kept. Raises
    `SnapshotError` if the disk, or the data, does not allow it.
    """
    folder = settings.path(settings.var) / "snapshots"
    if settings.snapshot_keep < 1:
        return None
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read read only")
        shown = conn.execute(
            "select snapshot_version, refreshed_at, checked_at from api.snapshot"
        ).fetchone()
        if shown is None:
            return None
        state = shown[0], shown[1], _timezone(conn)
        if _is_newest(folder, state):
            return None
        began = time.perf_counter()
        coming = folder / f".coming-{uuid.uuid4().hex}"
        try:
            coming.mkdir(parents=True)
            manifest = _write(conn, coming, *shown)
            if _is_newest(folder, state):  # another process was faster
                return None
            written = _publish(coming, manifest)
            _remove_old(folder, settings.snapshot_keep)
        except (OSError, duckdb.Error) as exc:
            raise SnapshotError(
                f"the snapshot files cannot be written to {folder}: {exc}",
                hint="is the disk full? the last version stays",
            ) from exc
        finally:
            shutil.rmtree(coming, ignore_errors=True)
    seconds = round(time.perf_counter() - began, 3)
    logger.info("snapshot %s written to %s", shown[0], written, extra={"seconds": seconds})
    return written


def _is_newest(folder: Path, state: tuple[int, dt.datetime, str]) -> bool:
    """Whether the newest files are of this version, from this moment, in this time zone."""
    return any(
        (manifest.snapshot_version, manifest.refreshed_at, manifest.timezone) == state
        for _, manifest in read_manifests(folder)[:1]
    )


def _timezone(conn: psycopg.Connection) -> str:
    return conn.info.parameter_status("TimeZone") or "UTC"


def _write(
    conn: psycopg.Connection,
    folder: Path,
    version: int,
    refreshed_at: dt.datetime,
    checked_at: dt.datetime | None,
) -> Manifest:
    # later than the others here, also when the clock was set back
    following = [
        other.written_at + dt.timedelta(microseconds=1)
        for _, other in read_manifests(folder.parent)[:1]
    ]
    resources = [_describe(conn, name) for name in RESOURCES]
    manifest = Manifest(
        snapshot_version=version,
        refreshed_at=refreshed_at,
        checked_at=checked_at,
        written_at=max([dt.datetime.now(dt.UTC), *following]),
        timezone=_timezone(conn),
        resources=resources,
        files=[file for resource in resources for file in _export(conn, folder, resource)],
    )
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _describe(conn: psycopg.Connection, name: str) -> SnapshotResource:
    """Return the columns of a view of schema `api`."""
    rows = conn.execute(_COLUMNS, [f"api.{name}"]).fetchall()
    columns = [SnapshotColumn(name=row[0], type=row[1], category=row[2]) for row in rows]
    searched = conn.execute(_SEARCHED).fetchone() if name == SEARCHED else None
    return SnapshotResource(
        name=name,
        columns=columns,
        key=list(RESOURCES[name]),
        searched=searched[0] if searched else [],
    )


def _query(resource: SnapshotResource) -> sql.Composed:
    """Return the rows of a resource, in its order."""
    key = sql.SQL(", ").join(map(sql.Identifier, resource.key))
    part: sql.Composable = sql.SQL("")
    if resource.name == "feature_history":
        part = sql.SQL("where change_id in ({})").format(sql.SQL(RECENT))
    view = sql.Identifier("api", resource.name)
    return sql.SQL("select * from {} {} order by {}").format(view, part, key)


def _export(
    conn: psycopg.Connection, folder: Path, resource: SnapshotResource
) -> Iterator[SnapshotFile]:
    """Write one resource in every format."""
    name, query = resource.name, _query(resource)
    plain = folder / f"{name}.csv"
    rows, longest = -1, 0  # the header is no row
    with (
        plain.open("wb") as stream,
        (folder / f"{name}.csv.gz").open("wb") as packed,
        gzip.GzipFile(f"{name}.csv", "wb", PACKED, packed, mtime=0) as packer,
    ):
        for block in _blocks(conn, query, _CSV):
            text = b"".join(block)
            stream.write(text)
            packer.write(text)
            rows += len(block)
            longest = max(longest, *map(len, block))
    objects = sql.SQL("select row_to_json(r) from ({}) as r").format(query)
    with (folder / f"{name}.json").open("wb") as stream:
        before = b"["
        for block in _blocks(conn, objects, _JSON):
            # JSON escapes line feeds, so each one here ends a row
            stream.write(before + b"".join(block)[:-1].replace(b"\n", b",\n"))
            before = b",\n"
        stream.write(b"]" if rows else b"[]")
    types = {column.name: column.type for column in resource.columns}
    write_parquet(plain, folder / f"{name}.parquet", types, longest)
    for suffix in FORMATS:
        yield _on_disk(folder / f"{name}.{suffix}", name, rows)


def _blocks(
    conn: psycopg.Connection, query: sql.Composable, options: LiteralString
) -> Iterator[list[Buffer]]:
    """Yield the rows that COPY sends, many at once."""
    command = sql.SQL("copy ({}) to stdout with ({})").format(query, sql.SQL(options))
    with conn.cursor().copy(command) as copy:
        rows = iter(copy)
        while block := list(itertools.islice(rows, ROWS)):
            yield block


def _on_disk(path: Path, resource: str, rows: int) -> SnapshotFile:
    """Return what the manifest says of a file, which survives a loss of power from now on."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return SnapshotFile(
        name=path.name, resource=resource, rows=rows, bytes=path.stat().st_size, sha256=sha256
    )


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(PermissionError),
    stop=tenacity.stop_after_delay(10),
    wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
    reraise=True,
)
def _publish(coming: Path, manifest: Manifest) -> Path:
    """Give a complete folder its name; on Windows a scanner may hold it for a moment."""
    name = f"{manifest.snapshot_version}-{manifest.written_at:%Y%m%dT%H%M%S%fZ}"
    return coming.rename(coming.with_name(name))


def _remove_old(folder: Path, keep: int) -> None:
    """Remove all but the newest versions; what somebody still reads stays until the next time."""
    for path, _ in read_manifests(folder)[keep:]:
        with suppress(OSError):
            (path / MANIFEST).unlink()  # first: what is half removed must not be served
            shutil.rmtree(path)
    for path in folder.iterdir():
        # left by a process that was killed, or half removed before
        is_whole = (path / MANIFEST).exists() and not path.name.startswith(".")
        with suppress(OSError):
            if not is_whole and time.time() - path.stat().st_mtime > LEFT_OVER:
                shutil.rmtree(path)
