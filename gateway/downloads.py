"""Whole tables from the snapshot files: no query, no connection, the speed of the disk."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec
from litestar.types import Receive, Scope, Send

from gateway.bodies import send_body, send_file
from gateway.cache import Known, Shown, matches, not_modified, send_head
from gateway.copying import Opening
from gateway.heads import head_of
from gateway.reader import Reader
from gateway.requests import Request

ACCEL = "X-Accel-Redirect"
_log = logging.getLogger(__name__)


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Sends a file, or tells nginx to do so."""

    reader: Reader
    path: Path
    status: int
    headers: dict[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; a client that takes nothing for a while gets no more."""
        await send_head(send, self.status, self.headers)
        try:
            if ACCEL in self.headers:
                await send_body(send, b"", more=False)
            else:
                await send_file(send, self.path, self.reader.run)
        except (OSError, TimeoutError) as exc:
            _log.warning("the download of %s broke off: %s", self.path, exc)


def download_of(
    reader: Reader, shown: Shown, request: Request, if_none_match: str | None, started: float
) -> Download | Known | None:
    """Return the file that is the answer to a request; None = there is none, or not yet."""
    snapshots = reader.snapshots
    version = snapshots.find(shown) if request.file and snapshots else None
    if not (version and snapshots):
        return None
    if reader.known_catalog and version.manifest.timezone != reader.known_catalog.timezone:
        return None
    is_whole = snapshots.is_checked(version, request.file)
    if is_whole is None:  # this answer does not wait for it
        snapshots.begin_check(version, request.file)
    file = version.manifest.file(request.file)
    if not (is_whole and file):
        return None
    # of CSV and JSON the file has the bytes of a live answer
    is_same = file.name.endswith((".csv", ".json"))
    etag = shown.etag(request.digest if is_same else f"{request.digest}-file")
    if matches(if_none_match, etag):
        return not_modified(etag, shown, request.location)
    opening = Opening(total=file.rows, snapshot=shown, waited=0, queried=0)
    status, headers = head_of(request, opening, file.rows, time.perf_counter() - started)
    headers |= {"ETag": etag, "Server-Timing": "file;desc=hit"}
    if reader.accel:  # nginx finds the packed file by itself
        name = file.name.removesuffix(".gz")
        headers[ACCEL] = f"{reader.accel}{version.path.name}/{name}"
    else:
        headers["Content-Length"] = str(file.bytes)
        headers |= {"Content-Encoding": "gzip"} if file.name.endswith(".gz") else {}
    return Download(reader=reader, path=version.path / file.name, status=status, headers=headers)
