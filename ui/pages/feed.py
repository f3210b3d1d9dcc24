"""The feed of changes: an Atom entry for each, by the filters of the page Changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

import httpx
import msgspec
from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from nicegui import app
from starlette.datastructures import QueryParams

from ui.filters import filters_of, quoted
from ui.home_feed import Change
from ui.theme import Frame
from ui.wording import Wording

FACETS = ("op", "kind", "feature_group", "field", "source")
SEARCHED = ("feature_name", "title", "old_value", "new_value")
ROWS = 300
"""Rows of the history that a feed is made of; a reader asks every hour or so."""
_log = logging.getLogger(__name__)


class Entry(msgspec.Struct, frozen=True):
    """One change of one feature, with all fields that it changed."""

    change: Change
    fields: list[Change]


def add(frame: Frame, gateway: str) -> None:
    """Register the feed, which reads from the gateway at the base URL `gateway`."""
    client = httpx.AsyncClient(base_url=f"{gateway}/api/v1/", timeout=20.0, trust_env=False)
    app.on_shutdown(client.aclose)

    @app.get("/changes.atom", include_in_schema=False)
    async def feed(request: Request) -> Response:
        try:
            answer = await client.get("feature_history", params=list(asked(request.query_params)))
            answer.raise_for_status()
            rows = msgspec.json.decode(answer.content, type=list[Change])
        except (httpx.HTTPError, msgspec.MsgspecError) as exc:
            _log.warning("no feed: %s", exc)
            words = frame.words(request)("down.title")
            return PlainTextResponse(words, 503, {"Retry-After": "60"})
        entries = list(entries_of(rows))
        text = frame.render(
            "feed.xml",
            request,
            entries=entries,
            updated=max((entry.change.changed_at for entry in entries), default=_EPOCH),
            site=str(request.base_url).rstrip("/"),
            query=str(request.url.query),
            chosen=list(chosen(request.query_params, frame.words(request))),
        )
        return _answer(request, _NOT_XML.sub("", text))


_SIGNS = re.compile(r"[\\%_]")
_ESCAPED = r"\\\g<0>"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)


def asked(query: QueryParams) -> Iterator[tuple[str, str]]:
    """Yield the gateway's parameters for the filters in an address of the page Changes.

    `static/history.js` does the same for the page.
    """
    yield "format", "json"
    yield "order", "changed_at.desc,change_id.desc,field.asc"
    yield "limit", str(ROWS)
    yield from filters_of(query, FACETS)
    for word in query.get("q", "").split():
        pattern = quoted(f"*{_SIGNS.sub(_ESCAPED, word)}*")
        yield "or", f"({','.join(f'{name}.ilike.{pattern}' for name in SEARCHED)})"


def chosen(query: QueryParams, words: Wording) -> Iterator[str]:
    """Yield the filters in words, to tell one feed from another."""
    for name in FACETS:
        for value in query.getlist(name):
            is_label = value and name in ("op", "field")
            yield words.label(name, value) if is_label else words.shown(name, value)
    if search := query.get("q"):
        yield f"“{search}”"


def entries_of(rows: Iterable[Change]) -> Iterator[Entry]:
    """Put the rows of each change together; a last one that may be cut off is left out."""
    kept = list(rows)
    for change_id, group in groupby(kept, key=lambda row: row.change_id):
        if len(kept) < ROWS or change_id != kept[-1].change_id:
            changes = list(group)
            yield Entry(changes[0], [change for change in changes if change.field])


def _answer(request: Request, text: str) -> Response:
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/atom+xml; charset=utf-8", headers=headers)
