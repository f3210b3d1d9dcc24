"""What the viewer's pages report: how fast they were, and what their readers want to say.

The only two writes of `/api/v1`, both as a role that can do nothing else.
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal, LiteralString, TypeVar
from urllib.parse import urlencode

import msgspec
import psycopg
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from db.connection import LOG, connect
from fmw.errors import DatabaseUnavailable
from fmw.logs import request_id
from fmw.settings import Settings
from gateway.errors import ApiError, absent, from_database
from gateway.observer import MAX_NAME, Observation
from gateway.origin import is_foreign
from gateway.request_log import RequestLog, address

FEEDBACK = "/api/v1/rpc/send_feedback"
PAGE_LOAD = "/api/v1/rpc/report_page_load"
MAX_BODY = 16_384
"""Bytes of a report; the longest feedback in Korean has 7,000."""

_SEND: LiteralString = "select ops.send_feedback(%s, %s, %s, %s, %s)"
_Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=600_000)]
_Text = Annotated[str, msgspec.Meta(max_length=4000)]


class Feedback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /api/v1/rpc/send_feedback`."""

    message: _Text
    page: _Text = ""
    """Address of the page the reader was on."""
    contact: _Text = ""


class PageLoad(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /api/v1/rpc/report_page_load`: Navigation Timing, in milliseconds."""

    screen: Literal["home", "overview", "explore", "detail", "changes"]
    ready: _Milliseconds
    """From the click to the first rows or numbers on the screen."""
    first_byte: _Milliseconds
    first_paint: _Milliseconds | None = None
    size: Annotated[int, msgspec.Meta(ge=0, le=2**31)] = 0
    """Bytes that came over the network until then."""
    is_narrow: bool = False
    """Whether it is a phone, or a window as small."""


_Report = TypeVar("_Report", Feedback, PageLoad)
_AnyRequest = Request[Any, Any, Any]


def reports_of(settings: Settings, log: RequestLog | None) -> list[HTTPRouteHandler]:
    """Return the routes; without a log, page loads are taken and forgotten."""

    @post(FEEDBACK, status_code=201)
    async def send_feedback(request: _AnyRequest) -> Response[bytes]:
        sent = await _decoded(request, Feedback)
        number = await asyncio.to_thread(_send, settings, sent, request)
        return Response(
            msgspec.json.encode({"feedback_id": number}),
            status_code=201,
            media_type="application/json; charset=utf-8",
        )

    @post(PAGE_LOAD, status_code=204)
    async def report_page_load(request: _AnyRequest) -> None:
        load = await _decoded(request, PageLoad)
        if log:
            log.note(_observation(load, request))

    return [send_feedback, report_page_load]


async def _decoded(request: _AnyRequest, kind: type[_Report]) -> _Report:
    if is_foreign(request):
        raise ApiError(403, "42501", "A page of another site may not report anything")
    body = await request.body()
    if len(body) > MAX_BODY:
        raise ApiError(413, "PGRST102", f"The body is longer than {MAX_BODY} bytes")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as exc:
        raise ApiError(400, "PGRST102", f"The body is not a report: {exc}") from exc


def _send(settings: Settings, sent: Feedback, request: _AnyRequest) -> int:
    values = [
        *(text.replace("\0", "") for text in (sent.message, sent.page, sent.contact)),
        address(_client(request)),
        request.headers.get("user-agent", "").replace("\0", ""),
    ]
    try:
        with connect(settings, LOG) as conn:
            ((number,),) = conn.execute(_SEND, values).fetchall()
    except DatabaseUnavailable as exc:
        raise absent() from exc
    except psycopg.Error as exc:
        raise from_database(exc) from exc
    return int(number)


def _observation(load: PageLoad, request: _AnyRequest) -> Observation:
    more = {"first_paint": load.first_paint, "narrow": "1" if load.is_narrow else None}
    told = {name: value for name, value in more.items() if value is not None}
    return Observation(
        service="viewer",
        at=time.time() - load.ready / 1000,
        request_id=request_id.get(),
        method="GET",
        route=f"/viewer/{load.screen}",
        resource=load.screen,
        query=urlencode(told),
        client=_client(request),
        user_agent=request.headers.get("user-agent", "")[:MAX_NAME],
        status=200,
        format="html",
        size=load.size,
        seconds=load.ready / 1000,
        first_byte=load.first_byte / 1000,
        was_cached=False,
        is_complete=True,
    )


def _client(request: _AnyRequest) -> str | None:
    return request.client.host if request.client else None
