"""Keep the numbers of the home page at hand, so that no page ever waits for the database."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from ui.snapshots import newest

_log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often the gateway is asked whether there is something new (one row), or answers again."""
PATIENCE_SECONDS = 3.0
"""How long an answer may take; then the gateway counts as away."""
FRESH_SECONDS = 60.0
"""How long the numbers are shown before they are read again, new or not: midnight changes some."""


ONE_ROW = {"format": "json", "limit": "1"}
"""The limit tells the gateway that this is a short answer, which never waits for streams."""


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

    change_id: int
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


class Trouble(msgspec.Struct, frozen=True):
    """A source whose features may be behind: its run failed, waits for an admin, or is overdue."""

    source: str
    code: str
    since: dt.datetime


class Home(msgspec.Struct, frozen=True):
    """The one row of `api.home`."""

    features: int
    changes_today: int
    by_status: list[StatusCount] | None = None
    by_day: list[DayTotal] | None = None
    recent: list[Change] | None = None
    troubles: list[Trouble] | None = None
    features_yesterday: int | None = None
    groups: int | None = None
    snapshot_version: int | None = None
    checked_at: dt.datetime | None = None
    change_id: int | None = None
    refreshed_at: dt.datetime | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """What of the row of `api.snapshot` tells that something happened."""

    snapshot_version: int | None
    checked_at: dt.datetime | None


class HomeFeed:
    """One background task reads `/api/v1/home`; every page reads the latest answer from here."""

    def __init__(
        self, gateway: str, files: Path, on_news: Callable[[], None] = lambda: None
    ) -> None:
        """Prepare to read from the gateway at the base URL `gateway`; nothing is sent yet.

        While it has never answered, the newest snapshot under the folder `files` is shown.
        `on_news` is called after the snapshot moved, and when the gateway went or came back.
        """
        self.home: Home | None = None
        """The last good answer; it stays while the gateway is down."""
        self.reachable = False
        """Whether the last attempt succeeded."""
        self._api = f"{gateway}/api/v1"
        self._files = files
        self._on_news = on_news
        self._read_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin looking, every `LOOK_SECONDS`, until `stop`."""
        self._task = asyncio.create_task(self._run(), name="home feed")

    async def stop(self) -> None:
        """End the background task."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            while True:
                await self.look(client)
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self, client: httpx.AsyncClient) -> None:
        """Read the numbers if they are old or not the newest; call `on_news` if that matters."""
        before = self._state()
        old = time.monotonic() - self._read_at > FRESH_SECONDS
        if old or not self.reachable or await self._snapshot(client) != self._shown():
            await self.refresh(client)
        if self._state() != before:
            self._on_news()

    def _shown(self) -> Snapshot | None:
        home = self.home
        return Snapshot(home.snapshot_version, home.checked_at) if home else None

    def _state(self) -> tuple[bool, Snapshot | None]:
        return self.reachable, self._shown()

    async def _snapshot(self, client: httpx.AsyncClient) -> Snapshot | None:
        """Return what the gateway says of its snapshot; no good answer is None."""
        try:
            answer = await client.get(f"{self._api}/snapshot", params=ONE_ROW)
            [snapshot] = msgspec.json.decode(answer.content, type=tuple[Snapshot])
        except (httpx.HTTPError, msgspec.MsgspecError):
            return None  # reading the numbers will fail, too, and say why
        return snapshot

    async def refresh(self, client: httpx.AsyncClient) -> None:
        """Ask once; on failure keep what was known, say so, and leave `reachable` false."""
        try:
            answer = await client.get(f"{self._api}/home", params=ONE_ROW)
            answer.raise_for_status()
            [self.home] = msgspec.json.decode(answer.content, type=tuple[Home])
            self._read_at = time.monotonic()
            self.reachable = True
        except (httpx.HTTPError, msgspec.MsgspecError) as exc:
            if self.reachable or self.home is None:
                _log.warning("no numbers for the home page: %s", exc)
            self.reachable = False
            self.home = self.home or await asyncio.to_thread(self._written)

    def _written(self) -> Home | None:
        """Return the numbers of the newest snapshot files; None = there are none to be read."""
        if not (folder := newest(self._files)):
            return None
        try:
            [home] = msgspec.json.decode((folder / "home.json").read_bytes(), type=tuple[Home])
        except (OSError, msgspec.MsgspecError) as exc:
            _log.warning("the snapshot %s cannot be read: %s", folder, exc)
            return None
        return home
