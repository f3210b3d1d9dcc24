"""The snapshot files under `var/snapshots`: what a version holds, and which is the newest."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from pathlib import Path

import msgspec

MANIFEST = "manifest.json"
FORMATS = ("csv", "csv.gz", "json", "parquet")
"""Of each resource there is one file each."""

_log = logging.getLogger(__name__)


class SnapshotFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a version, as its manifest lists it."""

    name: str
    resource: str
    rows: int
    bytes: int
    sha256: str

    def is_whole(self, folder: Path) -> bool:
        """Whether the file is what was written; reads all of it."""
        try:
            with (folder / self.name).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256
        except OSError as exc:
            _log.warning("%s of %s cannot be read: %s", self.name, folder, exc)
            return False


class SnapshotColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a resource."""

    name: str
    type: str
    """By Postgres' name."""
    category: str
    """Postgres' typcategory: S text, N number, D date or time, B boolean..."""


class SnapshotResource(msgspec.Struct, frozen=True, kw_only=True):
    """A view of schema `api` that was written."""

    name: str
    columns: list[SnapshotColumn]
    key: list[str]
    """What identifies a row; the rows are in this order."""
    searched: list[str]
    """Columns that a search looks into; empty = all texts."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a version holds; written last, so a folder without it is none."""

    snapshot_version: int
    refreshed_at: dt.datetime
    """With the version it tells one refresh from every other, also after a restore."""
    checked_at: dt.datetime | None
    written_at: dt.datetime
    """The newest folder is the one written last, whatever its version."""
    timezone: str
    """In which the texts of instants were written."""
    resources: list[SnapshotResource]
    files: list[SnapshotFile]

    def file(self, name: str) -> SnapshotFile | None:
        """Return what is known of a file of that name."""
        return next((file for file in self.files if file.name == name), None)


def read_manifests(folder: Path) -> list[tuple[Path, Manifest]]:
    """Return the versions of a folder, the newest first; what has no valid manifest is none."""
    found = []
    for path in folder.glob(f"[0-9]*/{MANIFEST}"):
        try:
            found.append((path.parent, msgspec.json.decode(path.read_bytes(), type=Manifest)))
        except (OSError, msgspec.DecodeError) as exc:
            _log.warning("%s is no manifest: %s", path, exc)
    return sorted(found, key=lambda item: item[1].written_at, reverse=True)
