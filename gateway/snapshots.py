"""The snapshot files of the sync, as the gateway uses them: only whole ones, the newest first."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from db.snapshots import Manifest, read_manifests
from gateway.cache import Shown

LOOK = 1.0
"""Seconds after which the folder is looked at again."""

_log = logging.getLogger(__name__)


class Version(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The files of one snapshot."""

    path: Path
    manifest: Manifest

    @property
    def shown(self) -> Shown:
        """The row of the view `snapshot` when they were written."""
        return Shown(
            snapshot_version=self.manifest.snapshot_version,
            refreshed_at=self.manifest.refreshed_at,
            checked_at=self.manifest.checked_at,
        )


class Snapshots:
    """The versions in a folder. Every file is compared with its checksum before its first use."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of versions; it need not exist yet."""
        self._folder = folder
        self._looked_at = -LOOK
        self._changed_at = 0
        self._versions: list[Version] = []
        self._is_whole: dict[tuple[Path, str], bool] = {}
        self._checking = threading.Lock()
        self._begun: set[tuple[Path, str]] = set()
        self._checker = ThreadPoolExecutor(1, "gateway-checksums")

    def close(self) -> None:
        """Begin no more checks."""
        self._checker.shutdown(wait=False, cancel_futures=True)

    def versions(self) -> list[Version]:
        """Return them, the newest first."""
        now = time.monotonic()
        if now - self._looked_at < LOOK:
            return self._versions
        self._looked_at = now
        try:
            changed_at = self._folder.stat().st_mtime_ns
        except OSError:  # nothing was written yet
            self._versions = []
            return []
        if changed_at != self._changed_at:
            known = {version.path: version for version in self._versions}
            self._versions = [
                known.get(path) or Version(path=path, manifest=manifest)
                for path, manifest in read_manifests(self._folder)
            ]
            self._changed_at = changed_at
            there = {version.path for version in self._versions}
            self._is_whole = {k: whole for k, whole in self._is_whole.items() if k[0] in there}
            self._begun = {place for place in self._begun if place[0] in there}
        return self._versions

    def find(self, shown: Shown) -> Version | None:
        """Return the files of that snapshot."""
        same = (v for v in self.versions() if v.shown.etag("") == shown.etag(""))
        return next(same, None)

    def is_checked(self, version: Version, name: str) -> bool | None:
        """Whether a file is whole; None = not known yet."""
        return self._is_whole.get((version.path, name))

    def begin_check(self, version: Version, name: str) -> None:
        """Have a file checked, in a thread of its own; nobody waits for it."""
        if (place := (version.path, name)) not in self._begun:
            self._begun.add(place)
            self._checker.submit(self.check, version, name)

    def check(self, version: Version, name: str) -> bool:
        """Whether a file is whole: reads all of it, the first time."""
        with self._checking:
            place = version.path, name
            if place not in self._is_whole:
                file = version.manifest.file(name)
                self._is_whole[place] = file is not None and file.is_whole(version.path)
                if not self._is_whole[place]:
                    _log.error("%s in %s is damaged and is not used", name, version.path)
            return self._is_whole[place]
