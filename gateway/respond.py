"""The way of a call to its answer: what is known already first, then Postgres."""

from __future__ import annotations

import time

from litestar.types import ASGIApp

from gateway.answer import Answer, FileAnswer
from gateway.cache import Known, matches, not_modified
from gateway.downloads import download_of
from gateway.errors import ApiError
from gateway.reader import Reader
from gateway.requests import Call, Request, understand


async def respond(reader: Reader, call: Call, if_none_match: str | None) -> ASGIApp:
    """Return the answer to a call; raises `ApiError`."""
    started = time.perf_counter()
    try:
        request = understand(await reader.catalog(), call)
    except ApiError as exc:
        if exc.code not in ("PGRST205", "42703"):
            raise
        request = understand(await reader.catalog(newer=True), call)
    if known := _known(reader, request, if_none_match):
        return known
    if download := download_of(reader, request, if_none_match, started):
        return download
    made = FileAnswer if request.task.form.is_file and call.has_body else Answer
    return made(reader, request, started)


def _known(reader: Reader, request: Request, if_none_match: str | None) -> Known | None:
    """Return what can be answered without the database: that nothing changed, or a kept answer."""
    shown = reader.shown
    if not (request.digest and shown):
        return None
    etag = shown.etag(request.digest)
    if matches(if_none_match, etag):
        return not_modified(etag, shown, request.location)
    return reader.cache.get(etag, shown) if request.task.copy else None
