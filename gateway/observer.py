"""Sees every request once: gives it its id, and tells the log and the metrics what became of it."""

from __future__ import annotations

import itertools
import re
import time
from functools import lru_cache
from secrets import token_hex
from typing import Any, Protocol

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from fmw.logs import request_id
from gateway.formats import name_of

CLIENT_LEFT = 499
"""Status of a request whose client left before there was one; nginx has the same."""
UNMATCHED = "unmatched"
"""Route of a request for which there is none."""
MAX_QUERY = 4096
"""Bytes of a query string that are kept."""
MAX_NAME = 200
"""Characters of a name, or bytes of a header, that are kept."""

_SANE = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,64}")
_HIT = b";desc=hit"
_PROCESS = token_hex(6)
_numbers = itertools.count(1)


class Observation(msgspec.Struct, kw_only=True, gc=False):
    """What is known of a request when it is over."""

    service: str = "gateway"
    """Who answered."""
    at: float
    """When it came in, in seconds of the epoch."""
    request_id: str
    method: str
    route: str
    """The path with placeholders: there are few of them."""
    resource: str
    query: str
    """As it came, percent-encoded."""
    client: str | None
    user_agent: str
    status: int
    format: str
    """Of the body; empty = it has none."""
    size: int
    """Bytes of the body that were sent."""
    seconds: float
    first_byte: float | None
    """Seconds until the first bytes of the body were sent."""
    was_cached: bool
    """Answered from memory or a file, or that nothing changed: without the database."""
    is_complete: bool


class Listener(Protocol):
    """Wants to know of every request, without delay: it is called between two of them."""

    def note(self, seen: Observation) -> None:
        """Take what is known of a request."""


class Observer:
    """ASGI middleware around the whole application.

    X-Request-Id of the client is kept if it is short and plain, or else one is made.
    """

    def __init__(self, app: ASGIApp, *listeners: Listener) -> None:
        self.running = 0
        """Requests under way."""
        self.streaming = 0
        """Those of them whose body has begun and not ended."""
        self._app = app
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; whatever happens, it is noted."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self)
        request_id.set(exchange.id)  # each request is a task of its own
        self.running += 1
        try:
            await self._app(scope, receive, exchange.send)
        finally:
            self.running -= 1
            self.streaming -= exchange.is_streaming
            seen = exchange.end(scope)
            for listener in self._listeners:
                listener.note(seen)


class _Exchange:
    __slots__ = (
        *("_agent", "_at", "_first", "_format", "_is_complete", "_observer", "_send", "_size"),
        *("_started", "_status", "_was_cached", "id", "is_streaming"),
    )

    def __init__(self, scope: HTTPScope, send: Send, observer: Observer) -> None:
        self._at = time.time()
        self._started = time.perf_counter()
        self._send = send
        self._observer = observer
        self._status = self._size = 0
        self._first: float | None = None
        self._format = ""
        self._was_cached = self._is_complete = self.is_streaming = False
        self._agent = given = b""
        for name, value in scope["headers"]:
            if name == b"user-agent":
                self._agent = value[:MAX_NAME]
            elif name == b"x-request-id":
                given = value
        is_sane = given and _SANE.fullmatch(given)
        self.id = given.decode() if is_sane else f"{_PROCESS}-{next(_numbers):x}"

    async def send(self, message: Message) -> None:
        """Pass a message on, and note what it says."""
        if message["type"] == "http.response.start":
            self._begin(message)
            await self._send(message)
        elif message["type"] == "http.response.body":
            is_more = message.get("more_body", False)
            if is_more and not self.is_streaming:
                self.is_streaming = True
                self._observer.streaming += 1
            await self._send(message)
            if self._first is None:
                self._first = time.perf_counter() - self._started
            self._size += len(message.get("body", b""))
            self._is_complete = not is_more
        else:
            await self._send(message)

    def _begin(self, message: Any) -> None:
        self._status = message["status"]
        headers = message["headers"] = [*message["headers"], (b"x-request-id", self.id.encode())]
        self._was_cached = self._status == 304
        for name, value in headers:
            if name == b"content-type":
                self._format = _name_of(value)
            elif name == b"server-timing" and value.endswith(_HIT):
                self._was_cached = True

    def end(self, scope: HTTPScope) -> Observation:
        """Return what is known now that it is over."""
        template = scope.get("path_template")
        client = scope["client"]
        return Observation(
            at=self._at,
            request_id=self.id,
            method=scope["method"],
            route=template or UNMATCHED,
            resource=self._resource(scope) if template else "",
            query=scope["query_string"][:MAX_QUERY].decode("latin-1"),
            client=client[0] if client else None,
            user_agent=self._agent.decode("utf-8", "replace"),
            status=self._status or CLIENT_LEFT,
            format=self._format,
            size=0 if scope["method"] == "HEAD" else self._size,  # the server sends no body then
            seconds=time.perf_counter() - self._started,
            first_byte=self._first,
            was_cached=self._was_cached,
            is_complete=self._is_complete,
        )

    def _resource(self, scope: HTTPScope) -> str:
        name: str = scope["path_params"].get("name", "")
        return name.removesuffix(f".{self._format}")[:MAX_NAME]


@lru_cache(maxsize=64)
def _name_of(content_type: bytes) -> str:
    return name_of(content_type.decode("latin-1"))
