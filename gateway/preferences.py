"""What a client asks for in headers beside the query: Prefer and Range."""

from __future__ import annotations

import re

import msgspec

from gateway.errors import ApiError
from gateway.query import Query

COUNTS = ("exact", "planned", "estimated")
"""Ways to count in PostgREST; we count exactly for each."""
_WRITING = ("tx", "return", "resolution", "missing", "max-affected")
_KNOWN = ("count", "handling", "timezone", *_WRITING)
_RANGE = re.compile(r"\s*(?:items=)?(\d{1,18})-(\d{0,18})\s*")


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """The header Prefer; what concerns writing is accepted and has no effect."""

    counts: bool = False
    timezone: str = ""
    """In which instants are written; empty = the database's own."""

    @property
    def applied(self) -> str:
        """Return what Preference-Applied says."""
        zone = [f"timezone={self.timezone}"] if self.timezone else []
        return ", ".join([*(["count=exact"] if self.counts else []), *zone])


def read_preferences(header: str) -> Preferences:
    """Return what Prefer asks for, the first of each kind.

    Raises `ApiError` 400 PGRST122 for one that nobody knows, if it says handling=strict.
    """
    given: dict[str, str] = {}
    unknown = []
    for part in re.split(r"[,;]", header):
        name, _, value = part.strip().partition("=")
        if name in _KNOWN and (name != "count" or value in COUNTS):
            given.setdefault(name, value)
        elif name:
            unknown.append(part.strip())
    if unknown and given.get("handling") == "strict":
        message = "Invalid preferences given with handling=strict"
        details = f"Invalid preferences: {', '.join(unknown)}"
        raise ApiError(400, "PGRST122", message, details=details)
    return Preferences(counts="count" in given, timezone=given.get("timezone", ""))


def within(query: Query, header: str | None) -> Query:
    """Return the query cut to the rows that a Range header names, such as `0-19` or `20-`.

    Ranges of bytes are none of ours. Raises `ApiError` 416 PGRST103 for one that ends before it
    begins.
    """
    found = _RANGE.fullmatch(header or "")
    if not found:
        return query
    first, last = int(found[1]), int(found[2]) if found[2] else None
    if last is not None and last < first:
        details = "The lower boundary must be lower than or equal to the upper boundary."
        raise ApiError(416, "PGRST103", "Requested range not satisfiable", details=details)
    ends = [] if query.limit is None else [query.offset + query.limit]
    ends += [] if last is None else [last + 1]
    offset = max(query.offset, first)
    limit = max(0, min(ends) - offset) if ends else None
    return msgspec.structs.replace(query, offset=offset, limit=limit)
