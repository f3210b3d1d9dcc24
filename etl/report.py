"""What a human at a terminal sees of a run: progress while it goes, a table when it is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from etl import reading
from etl.declaration import Source
from etl.delivery import find_files, given_files
from etl.runs import Run
from fmw.errors import FmwError

COUNTS = ("read", "rejected", "created", "updated", "moved", "removed", "unchanged")
ALWAYS = ("read", "created", "updated", "removed", "unchanged")
COLOURS = {"succeeded": "green", "held": "yellow", "failed": "red"}


class Stage(msgspec.Struct, frozen=True):
    """One line of the summary: a stage, what it found, how long it took (seconds)."""

    name: str
    result: str
    seconds: float | None
    """None: done together with the stage above."""


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
            found = find_files(source) if files is None else given_files(files)
            total = sum(file.path.stat().st_size for file in found if file.path.exists())
            task = bars.add_task(source.name, total=total or None)
            return lambda count: bars.advance(task, count)

        yield start


def show_runs(
    console: Console, runs: Sequence[Run], title: str = "Sync", again: str = "fmw sync {source}"
) -> None:
    """Print a table of runs and, below, why they did not take what they did not take.

    `again` is the command that would make a held run again.
    """
    if runs:
        console.print(_table_of(runs, title))
    for run in runs:
        if run.status == "held":
            command = again.format(source=run.source)
            console.print(
                f"[yellow]{run.source} is held, nothing was changed:[/] {run.error}\n"
                f"  -> if that is right: {command} --accept-removals"
            )
        rejected = [issue for issue in run.samples if not issue.is_warning]
        if run.rejected:
            console.print(f"[yellow]{run.source}: {run.rejected:,} rows were not taken:[/]")
            _show_issues(console, rejected)
            if run.rejected > len(rejected):
                console.print("  ... all of them are in ops.run_issues (/api/dev/run_issues)")
        if doubtful := [issue for issue in run.samples if issue.is_warning]:
            console.print(f"[yellow]{run.source}: worth a look:[/]")
            _show_issues(console, doubtful)


def _show_issues(console: Console, issues: Sequence[reading.Issue]) -> None:
    for issue in issues:
        console.print(f"  {issue.location}: {issue.message}", markup=False, highlight=False)


def _table_of(runs: Sequence[Run], title: str) -> Table:
    """Return a table that fits 80 columns; a count that is zero in every run is left out."""
    counts = [name for name in COUNTS if name in ALWAYS or any(getattr(run, name) for run in runs)]
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("source", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in (*counts, "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in runs:
        status = f"[{COLOURS[run.status]}]{run.status}[/]"
        numbers = [f"{getattr(run, name):,}" for name in counts]
        table.add_row(run.source, status, *numbers, f"{run.seconds:.2f}")
    return table


def show_stages(console: Console, runs: Sequence[Run], stages: Sequence[Stage]) -> None:
    """Print the runs and, below, one line per stage."""
    show_runs(console, runs)
    table = Table(title="Stages", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    table.add_column("result")
    table.add_column("seconds", justify="right")
    for stage in stages:
        seconds = "" if stage.seconds is None else f"{stage.seconds:.2f}"
        table.add_row(stage.name, stage.result, seconds)
    console.print(table)


def show_error(error: FmwError) -> None:
    """Print an error and its remedy to stderr."""
    text = escape(str(error))
    Console(stderr=True).print(f"[red]error:[/] {text}", highlight=False, soft_wrap=True)
