"""A run as Python sees it: what is asked for, and what came of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from etl.reading import Issue


class Run(msgspec.Struct, kw_only=True):
    """A row of ops.runs."""

    run_id: int
    source: str
    status: str
    requested_at: dt.datetime
    requested_by: str
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    effective_at: dt.datetime | None
    file: str | None
    fingerprint: str | None
    name_map_change_id: int | None
    accept_removals: bool
    attempt: int | None
    not_before: dt.datetime | None
    read: int | None
    rejected: int | None
    created: int | None
    updated: int | None
    removed: int | None
    moved: int | None
    unchanged: int | None
    error: str | None
    samples: list[Issue] = []
    """The first of its issues; not a column."""

    @property
    def seconds(self) -> float:
        """How long it took; 0 if it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return 0.0
        return (self.finished_at - self.started_at).total_seconds()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a run beyond its source."""

    files: list[Path] | None = None
    """Instead of the files the source declares."""
    effective_at: dt.datetime | None = None
    """The delivery's date; None = now."""
    accept_removals: bool = False
    dry_run: bool = False
