"""The rows a state of Explore begins with, as a part of its page: readable before there is a grid.

`static/features.js` asks the same for the grid's rows; `tests/ui/states.json` holds both to it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Iterator

import httpx
import msgspec
from starlette.datastructures import QueryParams

from ui.filters import filters_of
from ui.theme import KST

FACETS = ("status", "kind", "feature_group", "environment", "owner", "source")
OTHERS = ("cols", "as_of")
"""What changes the columns, or asks for a past that may take its time."""
SORT = "-changed_at"
CHANGED = ("1d", "7d", "30d", "90d", "-90d", "-365d")
ROWS = 20
"""As many as a usual window has room for."""
PATIENCE_SECONDS = 0.3
"""How long the page may wait for them."""
_log = logging.getLogger(__name__)


class Row(msgspec.Struct, frozen=True):
    """A feature, as far as the grid shows it in a usual window."""

    feature_id: int
    feature_name: str
    status: str | None
    title: str | None
    feature_group: str
    environment: str | None
    owner: str | None
    changed_at: dt.datetime
    kind: str | None


class FirstRows:
    """One short question per page; there are pages without an answer, too."""

    def __init__(self, gateway: str) -> None:
        """Prepare to ask the gateway at the base URL `gateway`; nothing is sent yet."""
        url = f"{gateway}/api/v1/"
        self._client = httpx.AsyncClient(base_url=url, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def read(self, query: QueryParams) -> list[Row]:
        """Return them; none if they are not to be had soon, or would look different in the grid."""
        if any(query.get(name) for name in OTHERS):
            return []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._client.get("features", params=list(asked(query)))
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=list[Row])
        except (httpx.HTTPError, msgspec.MsgspecError, TimeoutError) as exc:
            _log.info("a page without first rows: %s", exc)
            return []


def asked(query: QueryParams, today: dt.date | None = None) -> Iterator[tuple[str, str]]:
    """Yield the gateway's parameters for a state of Explore."""
    yield "format", "json"
    yield "limit", str(ROWS)
    yield "select", ",".join(Row.__struct_fields__)
    keys = (_first(query, "sort") or SORT).split(",")
    yield "order", ",".join(f"{k[1:]}.desc" if k.startswith("-") else f"{k}.asc" for k in keys)
    if search := _first(query, "q").strip():
        yield "q", search
    yield from filters_of(query, FACETS)
    if (changed := _first(query, "changed")) in CHANGED:
        days = int(changed.removesuffix("d"))
        day = today or dt.datetime.now(KST).date()
        day -= dt.timedelta(days=days - 1 if days > 0 else -days)
        midnight = dt.datetime.combine(day, dt.time(), KST)
        yield "changed_at", f"{'gte' if days > 0 else 'lt'}.{midnight.isoformat()}"


def _first(query: QueryParams, name: str) -> str:
    """Return the first value of a parameter, as a browser does."""
    return next(iter(query.getlist(name)), "")
