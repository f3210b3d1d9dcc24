"""Runs as they ended, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SOURCE = "insert into ops.sources (source, kind, location) values ('team', 'csv', 'team.csv')"
RUN = """
insert into ops.runs (source, status, started_at, finished_at, error, attempt,
    read, rejected, created, updated, removed, moved, unchanged)
values (%s, %s, now(), now(), %s, %s, 0, 0, 0, 0, 0, 0, 0) returning run_id
"""


@pytest.fixture
def end_run(admin: Any) -> Callable[..., int]:
    """Write a run of the source `team` as it ended."""
    admin.execute(SOURCE)

    def end(status: str, error: str | None = None, attempt: int | None = 1) -> int:
        row = admin.execute(RUN, ["team", status, error, attempt]).fetchone()
        return int(row[0])

    return end
