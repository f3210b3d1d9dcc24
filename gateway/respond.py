"""The way of a call to its answer: what is known already, then Postgres, then the files."""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.answer import Answer, FileAnswer, Source
from gateway.archive import Archive
from gateway.cache import Known, Shown, matches, not_modified
from gateway.catalog import Catalog
from gateway.downloads import Download, download_of
from gateway.errors import ApiError
from gateway.reader import Reader
from gateway.requests import MEMORABLE, Call, Request, understand

_AWAY = ("PGRST000", "PGRST002", "PGRST003", "57P01", "57P02", "57P03")
"""Codes of errors that Postgres has when it stops, starts, or is not there."""

_log = logging.getLogger(__name__)


async def respond(reader: Reader, call: Call, if_none_match: str | None) -> ASGIApp:
    """Return the answer to a call; raises `ApiError`."""
    started = time.perf_counter()
    if reader.is_away and (stale := await _stale(reader, call, if_none_match, started)):
        return stale
    try:
        request = await _understood(reader, call)
    except ApiError as exc:
        stale = await _stale(reader, call, if_none_match, started) if exc.code in _AWAY else None
        if stale is None:
            raise
        return stale
    shown = reader.shown
    found = _found(reader, shown, request, if_none_match, started)
    return found or Live(reader=reader, call=call, request=request, started=started)


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """Answers from Postgres; from the files if it is gone before the first byte."""

    reader: Reader
    call: Call
    request: Request
    started: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await _rows(self.reader, self.request, self.started)(scope, receive, send)
        except ApiError as exc:
            if exc.code not in _AWAY and not exc.code.startswith("08"):
                raise
            if exc.code == "PGRST003" and not self.reader.is_away:  # busy, but there
                raise
            stale = await _stale(self.reader, self.call, None, self.started)
            if stale is None:
                raise
            await self.reader.is_alive()  # so that the others know
            await stale(scope, receive, send)


async def _understood(reader: Reader, call: Call) -> Request:
    try:
        return await _understand(await reader.catalog(), call)
    except ApiError as exc:
        if exc.code not in ("PGRST205", "42703"):
            raise
        return await _understand(await reader.catalog(newer=True), call)


async def _understand(catalog: Catalog, call: Call) -> Request:
    """Understand a call; a long one takes a thread, so that nobody waits behind it."""
    if len(call.query_string) <= MEMORABLE:
        return understand(catalog, call)
    return await asyncio.to_thread(understand, catalog, call)


async def _stale(
    reader: Reader, call: Call, if_none_match: str | None, started: float
) -> ASGIApp | None:
    """Return the answer of the newest snapshot files; None = there are none."""
    archive: Archive | None = reader.archive
    held = await archive.held() if archive else None
    if held is None or archive is None:
        return None
    if reader.known_catalog:
        request = await _understand(reader.known_catalog, call)
        if found := _found(reader, held.shown, request, if_none_match, started):
            return found
    return _rows(archive, await _understand(held.catalog, call), started)


def _found(
    reader: Reader,
    shown: Shown | None,
    request: Request,
    if_none_match: str | None,
    started: float,
) -> Known | Download | None:
    """Return what needs no database: that nothing changed, a kept answer, or a file."""
    if not (request.digest and shown):
        return None
    etag = shown.etag(request.digest)
    if matches(if_none_match, etag):
        return not_modified(etag, shown, request.location)
    kept = reader.cache.get(etag, shown) if request.task.rows else None
    return kept or download_of(reader, shown, request, if_none_match, started)


def _rows(source: Source, request: Request, started: float) -> Answer:
    is_file = request.task.form.is_file and request.task.rows
    return (FileAnswer if is_file else Answer)(source, request, started)
