"""Answers that are known already: validators, and whole bodies of the snapshot that is shown.

Only what is read from materialized views has them: it changes with the snapshot and with nothing
else. The exposed schema says by its view `snapshot` which one it shows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property, lru_cache

import msgspec
from litestar.types import Receive, Scope, Send

from gateway.catalog import Relation
from gateway.query import Query, conditions

SHORT = 200
"""Characters of a header that may be remembered: most go out again and again."""
VARY = "Accept, Accept-Encoding, Accept-Profile, Prefer, Range, X-Client-Info"
STALE = '110 - "Response is stale: the database does not answer"'
_MOVING = re.compile("now|today|yesterday|tomorrow", re.IGNORECASE)


class Shown(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Which snapshot is shown, by the view `snapshot`."""

    snapshot_version: int
    refreshed_at: dt.datetime
    """Tells versions of one number apart: a restored database counts from where it was."""
    checked_at: dt.datetime | None = None
    """When its sources were last checked, if that is known."""
    is_stale: bool = False
    """It comes from files, because the database does not answer; it may know a newer one."""

    @cached_property
    def headers(self) -> dict[str, str]:
        """Say which snapshot rows are from, and when its sources were last checked."""
        said = {"X-Snapshot-Version": str(self.snapshot_version)}
        said |= {"X-Data-As-Of": self.checked_at.isoformat()} if self.checked_at else {}
        return said | ({"Warning": STALE} if self.is_stale else {})

    @property
    def identity(self) -> tuple[int, dt.datetime]:
        """Which snapshot it is, whoever has checked its sources since."""
        return self.snapshot_version, self.refreshed_at

    def etag(self, digest: str) -> str:
        """Return the validator of the answer that `digest` stands for."""
        return f'"{self._stamp}-{digest}"'

    @cached_property
    def _stamp(self) -> str:
        return f"{self.snapshot_version}-{self.refreshed_at.timestamp() * 1e6:.0f}"


def is_lasting(query: Query, relation: Relation) -> bool:
    """Whether the same query has the same answer as long as the snapshot is the same."""
    if not relation.is_stored or query.as_of:
        return False
    fields = [item.field for item in query.select if item.field]
    fields += [order.field for order in query.order]
    names = {field.column for field in fields}.union(query.facets)
    for condition in conditions(query.where):
        column = relation.columns.get(condition.field.column)
        if column is None or (column.category == "D" and _MOVING.search(repr(condition.value))):
            return False
    return not names & relation.computed.keys()


def digest_of(*parts: object) -> str:
    """Return a short name for what an answer is made of."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=9).hexdigest()


def matches(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names the validator, in the weak comparison RFC 9110 asks for."""
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or tags == ["*"]


async def send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    """Begin an answer."""
    raw = [
        (_encoded if len(value) <= SHORT else _encode)(key, value) for key, value in headers.items()
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})


def _encode(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header as it goes out."""
    return name.lower().encode(), value.encode("latin-1")


_encoded = lru_cache(maxsize=4096)(_encode)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to be sent again, as an ASGI application."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await self.send(send)

    async def send(self, send: Send) -> None:
        """Send it without listening to what the client still says."""
        await send_head(send, self.status, self.headers)
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def not_modified(etag: str, shown: Shown, location: str) -> Known:
    """Return the answer to a client that has the right one."""
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": VARY, **shown.headers}
    headers |= {"Content-Location": location} if location else {}
    return Known(status=304, headers=headers, body=b"")


class Cache:
    """Whole answers of one snapshot, up to a number of bytes; those used last stay longest."""

    ENTRY = 2048
    """Bytes that an answer takes beside its body, about."""

    def __init__(self, limit: int) -> None:
        """Hold `limit` bytes; 0 = hold nothing."""
        self._limit = limit
        self._size = 0
        self._shown: Shown | None = None
        self._known: OrderedDict[str, Known] = OrderedDict()

    def get(self, etag: str, shown: Shown) -> Known | None:
        """Return the answer of that validator, with what is new about its sources."""
        known = self._known.get(etag)
        if known is None:
            return None
        self._known.move_to_end(etag)
        headers = known.headers | shown.headers | {"Server-Timing": "cache;desc=hit"}
        return Known(status=known.status, headers=headers, body=known.body)

    def put(self, etag: str, shown: Shown, known: Known) -> None:
        """Keep an answer, and forget those of another snapshot."""
        if self._shown is None or self._shown.identity != shown.identity:
            self._known.clear()
            self._size, self._shown = 0, shown
        if etag in self._known or self._size_of(known) > self._limit:
            return
        self._known[etag] = known
        self._size += self._size_of(known)
        while self._size > self._limit:
            _, oldest = self._known.popitem(last=False)
            self._size -= self._size_of(oldest)

    def _size_of(self, known: Known) -> int:
        return self.ENTRY + len(known.body)
