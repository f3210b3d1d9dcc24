"""What came of a delivery, in brief."""

from __future__ import annotations

from typing import Any


def counts(run: Any) -> tuple[int, ...]:
    return (run.created, run.updated, run.removed, run.moved, run.unchanged, run.rejected)


def live(query: Any) -> dict[str, str]:
    rows = query("select * from core.features where removed_at is null")
    return {f"{row['feature_group']}/{row['feature_name']}": row["status"] for row in rows}
