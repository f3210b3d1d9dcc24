"""The four stages once: Sync -> Snapshot -> History -> Overview. `python -m etl.run_all`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

import msgspec
import psycopg
from rich.console import Console

from db.connection import ETL, connect
from etl.declaration import Source, load_sources
from etl.report import Stage, show_error, show_stages, sync_progress
from etl.runs import Order, Run
from etl.snapshots import SnapshotError, write_snapshot
from etl.sync import locked, refresh, sync_source
from fmw.errors import FmwError, SettingsError
from fmw.logs import configure_logging
from fmw.settings import Settings, load_settings


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a pass through the stages came to."""

    runs: list[Run]
    stages: list[Stage]
    snapshot_version: int
    errors: list[FmwError]
    """Of the sources that could not be read, each with its failed run, and of the files."""

    @property
    def exit_code(self) -> int:
        """0 if every source succeeded, else that of the first failure; 3 if a run is held."""
        if self.errors:
            return self.errors[0].exit_code
        return 3 if any(run.status == "held" for run in self.runs) else 0


def pick_sources(settings: Settings, names: Iterable[str] = ()) -> list[Source]:
    """Return the declared sources of these names (none = all), highest priority first."""
    path = settings.path(settings.sources)
    sources = load_sources(path, settings.spool)
    unknown = [name for name in names if name not in sources]
    if unknown:
        raise SettingsError(
            f"{path} declares no source {unknown[0]!r}", hint=f"it declares: {', '.join(sources)}"
        )
    picked = [sources[name] for name in names] or list(sources.values())
    return sorted(picked, key=lambda source: -source.priority)


def run_all(
    settings: Settings,
    names: Iterable[str] = (),
    order: Order | None = None,
    console: Console | None = None,
) -> Outcome:
    """Sync the named sources (none = all), then bring snapshot, history and overview up to date.

    A source that cannot be read is reported and does not keep the others from being synced.
    """
    order = order or Order()
    sources = pick_sources(settings, list(names))
    console = console or Console(stderr=True)
    with connect(settings, ETL) as conn, locked(conn):
        began = time.perf_counter()
        runs, errors = _sync(conn, sources, order, console)
        result = _sync_result(runs, errors)
        synced = time.perf_counter()
        version = _version(conn) if order.dry_run else refresh(conn)
        if not order.dry_run:
            try:
                write_snapshot(conn, settings)
            except SnapshotError as exc:
                errors.append(exc)
        stages = [
            Stage("Sync", result, synced - began),
            *_describe(conn, runs, version, time.perf_counter() - synced),
        ]
    return Outcome(runs=runs, stages=stages, snapshot_version=version, errors=errors)


def _sync(
    conn: psycopg.Connection, sources: list[Source], order: Order, console: Console
) -> tuple[list[Run], list[FmwError]]:
    runs: list[Run] = []
    errors: list[FmwError] = []
    with sync_progress(console, sources, order.files) as advance:
        for source in sources:
            try:
                runs.append(sync_source(conn, source, order, advance(source)))
            except FmwError as exc:
                errors.append(exc)
    return runs, errors


def _sync_result(runs: list[Run], errors: list[FmwError]) -> str:
    held = sum(run.status == "held" for run in runs)
    words = [f"{len(runs) - held} succeeded"]
    words += [f"{held} held"] if held else []
    words += [f"{len(errors)} failed"] if errors else []
    return ", ".join(words)


def _describe(
    conn: psycopg.Connection, runs: list[Run], version: int, seconds: float
) -> list[Stage]:
    """Return the lines of the three stages; one refresh of `seconds` brings them up to date."""
    row = conn.execute(
        "select (select count(*) from api.features), (select count(*) from api.groups),"
        " (select count(*) from ops.changes where run_id = any(%s)),"
        " (select count(distinct day) from api.daily_counts)",
        [[run.run_id for run in runs]],
    ).fetchone()
    features, groups, changes, days = row or (0, 0, 0, 0)
    return [
        Stage(
            "Snapshot", f"{features:,} features in {groups:,} groups, version {version}", seconds
        ),
        Stage("History", f"{changes:,} changes recorded", None),
        Stage("Overview", f"{days:,} days counted", None),
    ]


def _version(conn: psycopg.Connection) -> int:
    row = conn.execute("select snapshot_version from api.snapshot").fetchone()
    return int(row[0]) if row else 0


def main() -> int:
    """Run the four stages as a program and return its exit code."""
    settings = load_settings()
    configure_logging(settings.log_level)
    try:
        outcome = run_all(settings)
    except FmwError as exc:
        show_error(exc)
        return exc.exit_code
    show_stages(Console(), outcome.runs, outcome.stages)
    for error in outcome.errors:
        show_error(error)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
