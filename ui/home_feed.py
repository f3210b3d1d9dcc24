"""Keep the numbers of the home page at hand, so that no page ever waits for the database."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

import httpx
import msgspec

_log = logging.getLogger(__name__)

FRESH_SECONDS = 30.0
"""How long the numbers are shown before the gateway is asked again."""
RETRY_SECONDS = 5.0
"""The same while the gateway does not answer."""


class StatusCount(msgspec.Struct, frozen=True):
    """How many features have one status; null = a feature without a status."""

    status: str | None
    features: int


class DayTotal(msgspec.Struct, frozen=True):
    """Features at the end of one day (Asia/Seoul)."""

    day: dt.date
    total: int


class Change(msgspec.Struct, frozen=True):
    """One changed field, or with `field` null the creation (C) or removal (D) of a feature."""

    feature_id: int
    changed_at: dt.datetime
    op: str
    feature_name: str
    feature_group: str | None = None
    environment: str | None = None
    title: str | None = None
    field: str | None = None
    old_value: str | None = None
    new_value: str | None = None


class Home(msgspec.Struct, frozen=True):
    """The one row of `api.home`."""

    features: int
    changes_today: int
    by_status: list[StatusCount] | None = None
    by_day: list[DayTotal] | None = None
    recent: list[Change] | None = None
    features_yesterday: int | None = None
    groups: int | None = None
    snapshot_version: int | None = None
    checked_at: dt.datetime | None = None
    refreshed_at: dt.datetime | None = None


class HomeFeed:
    """One background task reads `/api/v1/home`; every page reads the latest answer from here."""

    def __init__(self, gateway: str) -> None:
        """Prepare to read from the gateway at the base URL `gateway`; nothing is sent yet."""
        self.home: Home | None = None
        """The last good answer; it stays while the gateway is down."""
        self.reachable = False
        """Whether the last attempt succeeded."""
        self._url = f"{gateway}/api/v1/home"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin reading, every `FRESH_SECONDS`, until `stop`."""
        self._task = asyncio.create_task(self._run(), name="home feed")

    async def stop(self) -> None:
        """End the background task."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            while True:
                await self.refresh(client)
                await asyncio.sleep(FRESH_SECONDS if self.reachable else RETRY_SECONDS)

    async def refresh(self, client: httpx.AsyncClient) -> None:
        """Ask once; on failure keep what was known, say so, and leave `reachable` false."""
        try:
            answer = await client.get(self._url, params={"format": "json"})
            answer.raise_for_status()
            [self.home] = msgspec.json.decode(answer.content, type=tuple[Home])
            self.reachable = True
        except (httpx.HTTPError, msgspec.MsgspecError) as exc:
            if self.reachable or self.home is None:
                _log.warning("no numbers for the home page: %s", exc)
            self.reachable = False
