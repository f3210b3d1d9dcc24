"""How long a bench takes: `[ROWS [ROUNDS]] [--seconds S] [--smoke]`, and against whom."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure, and how often."""

    rows: int
    rounds: int
    seconds: float
    """Of load, for each contestant in each round."""
    names: list[str]
    """Of the contestants."""


def read_options(description: str | None, rows: int, names: Sequence[str] = ()) -> Options:
    """Read the command line; by default so many rows, and all the contestants."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("rows", nargs="?", type=int, help=f"features (default {rows:,})")
    parser.add_argument("rounds", nargs="?", type=int, help="rounds by turns (default 7)")
    parser.add_argument("--seconds", type=float, help="of load a round (default 3)")
    if names:
        parser.add_argument("--only", action="append", choices=names, help="repeatable")
    parser.add_argument("--smoke", action="store_true", help="only see whether it works")
    given = parser.parse_args()
    usual = (4_000, 1, 1.0) if given.smoke else (rows, 7, 3.0)
    return Options(
        rows=given.rows or usual[0],
        rounds=given.rounds or usual[1],
        seconds=given.seconds or usual[2],
        names=vars(given).get("only") or list(names),
    )
