"""Snapshot files: complete, all of one moment, never changed, and old ones removed."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from db.connection import ETL, connect
from db.snapshots import MANIFEST, Manifest, read_manifests
from etl import snapshots
from etl.snapshots import RESOURCES, SnapshotError, write_snapshot
from etl.sync import refresh
from fmw.settings import Settings

INSERT = """
insert into core.features (kind, feature_group, feature_name, environment, title, status, source,
    attributes)
values ('feature', '결제', %s, 'all', %s, '', 'hand', %s)
"""
AWKWARD = 'two\nlines, "quoted" \\ and 🙂'


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.path(settings.var) / "snapshots"


@pytest.fixture
def filled(admin: Any) -> None:
    admin.execute(INSERT, ["카드", AWKWARD, '{"a b": "줄\\n바꿈"}'])
    admin.execute(INSERT, ["포인트", None, "{}"])
    admin.execute("select ops.refresh()")


def written(conn: Any, settings: Settings) -> tuple[Path, Manifest]:
    path = write_snapshot(conn, settings)
    assert path is not None
    return path, msgspec.json.decode((path / MANIFEST).read_bytes(), type=Manifest)


@pytest.mark.usefixtures("filled")
def test_every_resource_in_every_format_with_its_digest(settings: Settings, etl: Any) -> None:
    path, manifest = written(etl, settings)
    names = {
        f"{name}.{form}" for name in RESOURCES for form in ("csv", "csv.gz", "json", "parquet")
    }
    assert {file.name for file in manifest.files} == names
    assert {entry.name for entry in path.iterdir()} == names | {MANIFEST}
    for file in manifest.files:
        content = (path / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    assert manifest.snapshot_version == 1


@pytest.mark.usefixtures("filled")
def test_all_formats_say_the_same(settings: Settings, etl: Any, admin: Any) -> None:
    path, manifest = written(etl, settings)
    rows = {file.resource: file.rows for file in manifest.files}
    for name in RESOURCES:
        plain = (path / f"{name}.csv").read_bytes()
        assert gzip.decompress((path / f"{name}.csv.gz").read_bytes()) == plain
        records = list(csv.DictReader(plain.decode().splitlines(keepends=True)))
        objects = json.loads((path / f"{name}.json").read_bytes())
        with duckdb.connect() as duck:
            table = duck.read_parquet(str(path / f"{name}.parquet"))
            assert len(records) == len(objects) == len(table) == rows[name]
            assert list(objects[0] if objects else table.columns) == table.columns
    assert rows["features"] == 2
    with duckdb.connect() as duck:
        table = duck.read_parquet(str(path / "features.parquet"))
        assert table.filter("feature_name = '카드'").project("title, status").fetchall() == [
            (AWKWARD, "")
        ]
        assert table.filter("title is null").project("feature_name").fetchall() == [("포인트",)]
        kept = table.project("created_at at time zone 'UTC'").fetchall()
        known = "select created_at at time zone 'UTC' from api.features order by feature_id"
        assert kept == admin.execute(known).fetchall()
        types = dict(zip(table.columns, map(str, table.types), strict=True))
    assert types["feature_id"] == "BIGINT"
    assert types["created_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["attributes"] == "JSON"


@pytest.mark.usefixtures("filled")
def test_a_very_long_text_is_written_too(settings: Settings, etl: Any, admin: Any) -> None:
    admin.execute("update core.features set description = repeat('가나다 ', 1000000)")
    admin.execute("select ops.refresh()")
    path, _ = written(etl, settings)
    with duckdb.connect() as duck:
        table = duck.read_parquet(str(path / "features.parquet"))
        assert table.aggregate("min(length(description))").fetchall() == [(4_000_000,)]


@pytest.mark.usefixtures("filled")
def test_a_version_is_written_once(settings: Settings, etl: Any) -> None:
    path, _ = written(etl, settings)
    before = path.stat().st_mtime_ns
    assert write_snapshot(etl, settings) is None
    assert path.stat().st_mtime_ns == before


@pytest.mark.usefixtures("filled")
def test_the_newest_are_kept_and_the_newest_is_the_last_written(
    settings: Settings, etl: Any, admin: Any, folder: Path
) -> None:
    two = msgspec.structs.replace(settings, snapshot_keep=2)
    paths = [written(etl, two)[0]]
    for number in range(3):
        admin.execute(INSERT, [f"새 기능 {number}", None, "{}"])
        refresh(etl)
        paths.append(written(etl, two)[0])
    assert sorted(folder.iterdir()) == sorted(paths[2:])
    assert [path for path, _ in read_manifests(folder)] == [paths[3], paths[2]]


@pytest.mark.usefixtures("filled")
def test_a_restored_database_is_the_newest_though_its_version_is_lower(
    settings: Settings, etl: Any, admin: Any, folder: Path
) -> None:
    written(etl, settings)
    admin.execute("update ops.snapshot_state set snapshot_version = 9")
    written(etl, settings)
    admin.execute(
        "update ops.snapshot_state"
        " set snapshot_version = 1, refreshed_at = refreshed_at - interval '1 day'"
    )
    path, manifest = written(etl, settings)
    assert manifest.snapshot_version == 1
    assert read_manifests(folder)[0][0] == path
    admin.execute("update ops.snapshot_state set snapshot_version = 9")
    written(etl, settings)
    admin.execute("update ops.snapshot_state set snapshot_version = 1")
    assert written(etl, settings)[0] != path  # the same again, and the newest again
    assert write_snapshot(etl, settings) is None


@pytest.mark.usefixtures("filled")
def test_a_clock_that_was_set_back_does_not_make_the_new_the_old(
    settings: Settings, etl: Any, admin: Any, folder: Path
) -> None:
    one = msgspec.structs.replace(settings, snapshot_keep=1)
    path, manifest = written(etl, one)
    ahead = msgspec.structs.replace(
        manifest, written_at=manifest.written_at + dt.timedelta(hours=1)
    )
    (path / MANIFEST).write_bytes(msgspec.json.encode(ahead))
    admin.execute(INSERT, ["새 기능", None, "{}"])
    refresh(etl)
    newest, _ = written(etl, one)
    assert list(folder.iterdir()) == [newest]
    assert write_snapshot(etl, one) is None


@pytest.mark.usefixtures("filled")
def test_two_who_write_at_once_write_one_version(
    settings: Settings, etl: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, others = snapshots._write, list[Path]()

    def be_late(*arguments: Any) -> Manifest:
        manifest = real(*arguments)
        monkeypatch.setattr(snapshots, "_write", real)
        with connect(settings, ETL) as other:
            others.append(written(other, settings)[0])
        return manifest

    monkeypatch.setattr(snapshots, "_write", be_late)
    assert write_snapshot(etl, settings) is None
    assert list(folder.iterdir()) == others


@pytest.mark.usefixtures("filled")
def test_what_breaks_off_leaves_no_version(
    settings: Settings, etl: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "write_parquet", full)
        with pytest.raises(SnapshotError, match="no space"):
            write_snapshot(etl, settings)
    assert list(folder.iterdir()) == []
    assert write_snapshot(etl, settings) is not None


@pytest.mark.usefixtures("filled")
def test_a_folder_that_is_busy_for_a_moment_gets_its_name_all_the_same(
    settings: Settings, etl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a virus scanner holds it on Windows."""
    rename, refusals = Path.rename, [PermissionError(13, "busy"), PermissionError(13, "busy")]

    def refuse_at_first(self: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_at_first)
    assert written(etl, settings)[0].is_dir()
    assert refusals == []


@pytest.mark.usefixtures("filled")
def test_a_version_that_is_being_read_stays_until_the_next_time(
    settings: Settings, etl: Any, admin: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = msgspec.structs.replace(settings, snapshot_keep=1)
    old, _ = written(etl, one)
    unlink = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.parent == old:
            raise PermissionError(32, "somebody reads it")
        unlink(self, missing_ok)

    admin.execute(INSERT, ["새 기능", None, "{}"])
    refresh(etl)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        new, _ = written(etl, one)
    assert {path for path, _ in read_manifests(folder)} == {old, new}
    admin.execute(INSERT, ["또 하나", None, "{}"])
    refresh(etl)
    newest, _ = written(etl, one)
    assert list(folder.iterdir()) == [newest]


def test_none_is_written_where_none_is_to_be_kept(
    settings: Settings, etl: Any, folder: Path
) -> None:
    assert write_snapshot(etl, msgspec.structs.replace(settings, snapshot_keep=0)) is None
    assert not folder.exists()
