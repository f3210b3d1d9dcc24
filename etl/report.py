"""What a human at a terminal sees of a run: progress while it goes, a table when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from etl import reading
from etl.declaration import Source
from etl.runs import Run

COUNTS = ("read", "rejected", "created", "updated", "moved", "removed", "unchanged")
COLOURS = {"succeeded": "green", "held": "yellow", "failed": "red"}


class Stage(msgspec.Struct, frozen=True):
    """One line of the summary: a stage, what it found, how long it took (seconds)."""

    name: str
    result: str
    seconds: float


@contextmanager
def sync_progress(
    console: Console, sources: Sequence[Source], files: list[Path] | None
) -> Iterator[Callable[[Source], reading.Progress]]:
    """Show a bar per source while it is read; at anything but a terminal show nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:

        def start(source: Source) -> reading.Progress:
            paths = source.files() if files is None else files
            total = sum(path.stat().st_size for path in paths if path.exists())
            task = bars.add_task(source.name, total=total or None)
            return lambda count: bars.advance(task, count)

        yield start


def show_runs(console: Console, runs: Sequence[Run], title: str = "Sync") -> None:
    """Print a table of runs and, below, why they did not take what they did not take."""
    table = Table(title=title, title_justify="left")
    for name in ("run", "source", "status"):
        table.add_column(name)
    for name in (*COUNTS, "seconds"):
        table.add_column(name, justify="right")
    for run in runs:
        counts = [f"{getattr(run, name):,}" for name in COUNTS]
        status = f"[{COLOURS[run.status]}]{run.status}[/]"
        table.add_row(str(run.run_id), run.source, status, *counts, f"{run.seconds:.2f}")
    console.print(table)
    for run in runs:
        if run.status == "held":
            console.print(
                f"[yellow]{run.source} is held:[/] {run.error}\n"
                f"  -> if that is right: fmw sync {run.source} --accept-removals"
            )
        if run.rejected:
            console.print(f"[yellow]{run.source}: {run.rejected:,} rows were not taken:[/]")
            for issue in run.samples:
                console.print(f"  {issue.location}: {issue.message}", markup=False, highlight=False)
            if run.rejected > len(run.samples):
                console.print(f"  ... all of them: ops.run_issues where run_id = {run.run_id}")


def show_stages(console: Console, runs: Sequence[Run], stages: Sequence[Stage]) -> None:
    """Print the runs and, below, one line per stage."""
    show_runs(console, runs)
    table = Table(title="Stages", title_justify="left")
    table.add_column("stage")
    table.add_column("result")
    table.add_column("seconds", justify="right")
    for stage in stages:
        table.add_row(stage.name, stage.result, f"{stage.seconds:.2f}")
    console.print(table)
