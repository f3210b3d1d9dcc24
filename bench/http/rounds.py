"""Contestants take turns, and what counts is the median of the ratios of the rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.table import Table

T = TypeVar("T")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report."""

    work: str
    ours: str = ""
    theirs: str = ""
    ratio: float = 0.0
    target: float | None
    """None = there is none."""
    is_most: bool = False
    """The target is a most, not a least."""
    unit: str = "x"
    note: str = ""
    """Why it was not measured; empty = it was."""

    @property
    def measured(self) -> str:
        """The ratio, as it is shown."""
        return "" if self.note else f"{self.ratio:.{2 if self.unit == 'x' else 0}f}{self.unit}"

    @property
    def wanted(self) -> str:
        """The target, as it is shown."""
        sign = "<=" if self.is_most else ">="
        return "" if self.target is None else f"{sign} {self.target:g}{self.unit}"

    @property
    def verdict(self) -> str:
        """Whether the target is met: ok, missed, or why nobody knows."""
        if self.note or self.target is None:
            return self.note
        met = self.ratio <= self.target if self.is_most else self.ratio >= self.target
        return "ok" if met else "missed"


def take_turns(contestants: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Call everybody once a round, forwards and backwards by turns."""
    results: dict[str, list[T]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name in list(contestants)[:: -1 if number % 2 else 1]:
            results[name].append(contestants[name]())
    return results


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the ratios of the rounds."""
    return statistics.median(one / other for one, other in zip(above, below, strict=True))


def report(title: str, ours: str, theirs: str, rows: Sequence[Row]) -> None:
    """Print the rows as a table."""
    table = Table("work", title=title)
    for name in (ours, theirs, "ratio", "target", ""):
        table.add_column(name, justify="right" if name else "left")
    for row in rows:
        table.add_row(row.work, row.ours, row.theirs, row.measured, row.wanted, row.verdict)
    Console(width=120).print(table)
