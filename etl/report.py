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
from etl.checking import Check, Value, normalised, undated
from etl.declaration import Source
from etl.delivery import find_files, given_files
from etl.runs import Run
from fmw.errors import FmwError

COUNTS = ("read", "rejected", "created", "updated", "moved", "removed", "unchanged")
ALWAYS = ("read", "created", "updated", "removed", "unchanged")
SHOWN = 20
"""Lines of a list that a person still reads."""
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


def show_check(console: Console, source: Source, check: Check) -> None:
    """Print how a source's columns map, what its values become and what would not be taken."""
    console.print(
        f"{source.name}: the first {check.rows:,} rows of {', '.join(check.files[:3])}"
        + (f" and {len(check.files) - 3:,} more" if len(check.files) > 3 else ""),
        markup=False,
        highlight=False,
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("ours", "theirs", "values, as stored"):
        table.add_column(name)
    for ours, theirs in source.columns.items():
        values = dict.fromkeys(v.becomes or "(none)" for v in check.values.get(ours, ()))
        more = f" and {len(values) - 3:,} more" if len(values) > 3 else ""
        shown = ", ".join(_short(value) for value in list(values)[:3]) + more
        table.add_row(ours, escape(theirs), escape(shown))
    for ours, value in source.constants.items():
        table.add_row(ours, "(constant)", escape(value))
    for column in check.attributes:
        name, example = (escape(_short(text or "")) for text in (column.raw, column.becomes))
        table.add_row("attributes", name, example)
    console.print(table)
    _show_values(console, "normalised", list(normalised(check)))
    _show_values(console, "no date, the rows would be rejected", list(undated(check, source)))
    if check.issues:
        console.print(f"[yellow]{len(check.issues):,} rows would not be taken, or are doubtful:[/]")
        _show_issues(console, check.issues[:SHOWN])


def _show_values(console: Console, title: str, values: list[Value]) -> None:
    if values:
        console.print(f"{title}:")
    for value in values[:SHOWN]:
        before, after = (_short(text or "(empty)") for text in (value.raw, value.becomes))
        line = f"  {value.ours}: {before} -> {after}  ({value.rows:,} rows)"
        console.print(line, markup=False, highlight=False)
    if len(values) > SHOWN:
        console.print(f"  ... and {len(values) - SHOWN:,} more")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


def show_sources(console: Console, rows: Sequence[Sequence[object]]) -> None:
    """Print the declared sources: name, kind, place, schedule, last success, status, features."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("source", "kind", "place", "schedule", "last run", "status", "features"):
        table.add_column(name, justify="right" if name == "features" else "left")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print(table)


def show_troubles(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """Print what is wrong now: since when, what, about what, why."""
    if not rows:
        console.print("nothing is wrong")
        return
    table = Table("since", "what", "about", "why", box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def show_error(error: FmwError) -> None:
    """Print an error and its remedy to stderr."""
    text = escape(str(error))
    Console(stderr=True).print(f"[red]error:[/] {text}", highlight=False, soft_wrap=True)
