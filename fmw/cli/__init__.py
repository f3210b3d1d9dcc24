"""The command line: the composition root that starts everything."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from db.connection import ETL, connect
from db.migrate import migrate as migrate_database
from etl.report import COUNTS, show_error, show_runs, show_stages
from etl.run_all import Outcome, run_all
from etl.runs import Order
from etl.sync import parse_moment, refresh
from etl.worker import work
from fmw.cli.alerts import alerts
from fmw.cli.names import names
from fmw.cli.sources import sources
from fmw.cli.terminal import FILE, console
from fmw.errors import FmwError
from fmw.logs import configure_logging
from fmw.settings import Settings, load_settings


class Commands(click.Group):
    """Turns errors FMW raises on purpose into a message, a remedy and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; 1 failed, 2 wrong use or settings, 3 a run is held, 4 no database."""
        try:
            return super().invoke(ctx)
        except FmwError as exc:
            show_error(exc)
            ctx.exit(exc.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """FMW: a registry of features, policies and operating status.

    Sync -> Snapshot (features) -> History (changes) -> Overview (daily_counts).
    Settings come from fmw.toml (or the file FMW_CONFIG names) and FMW_* variables.

    Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 a run is held, 4 no database.
    """
    # A supervisor's stop ends us like Ctrl-C does, so that what is open is closed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    ctx.obj = load_settings()
    configure_logging(ctx.obj.log_level)


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to this release: roles, migrations, current code. Safe to repeat."""
    for migration_id in migrate_database(settings):
        console.print(f"applied {migration_id}")
    console.print("the database is up to date")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--file", "files", type=FILE, multiple=True, help="Instead of the source's own files."
)
@click.option("--effective-at", help="The delivery's date (ISO; Korean time): replays old files.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--accept-removals", is_flag=True, help="Let a held run remove what it must.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per run.")
@click.pass_obj
def sync(
    settings: Settings,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    effective_at: str | None,
    dry_run: bool,
    accept_removals: bool,
    as_json: bool,
) -> None:
    """Sync the named sources (none = all) and bring the snapshot up to date."""
    if files and len(names) != 1:
        raise click.UsageError("--file needs the NAME of the one source it belongs to")
    order = Order(
        files=list(files) or None,
        effective_at=parse_moment(effective_at) if effective_at else None,
        accept_removals=accept_removals,
        dry_run=dry_run,
    )
    outcome = run_all(settings, names, order)
    title = "Dry run: this would happen, nothing was changed" if dry_run else "Sync"
    options = "".join(f" --file {file}" for file in files)
    options += f" --effective-at {effective_at}" if effective_at else ""
    if as_json:
        _show_json(outcome)
    else:
        show_runs(console, outcome.runs, title, "fmw sync {source}" + options)
    _end(outcome)


@main.command("run-all")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per run.")
@click.pass_obj
def run_all_command(settings: Settings, as_json: bool) -> None:
    """Make the four stages once: Sync -> Snapshot -> History -> Overview."""
    outcome = run_all(settings)
    if as_json:
        _show_json(outcome)
    else:
        show_stages(console, outcome.runs, outcome.stages)
    _end(outcome)


@main.command("refresh")
@click.option("--force", is_flag=True, help="Even if nothing changed.")
@click.pass_obj
def refresh_command(settings: Settings, force: bool) -> None:
    """Bring the snapshot up to date if features changed since the last time."""
    with connect(settings, ETL) as conn:
        console.print(f"snapshot version {refresh(conn, forced=force)}")


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Make requested and scheduled runs until stopped (Ctrl-C)."""
    stop = threading.Event()
    for name in (
        "SIGINT",
        "SIGTERM",
        "SIGBREAK",
    ):  # the last is what a process group gets on Windows
        if number := getattr(signal, name, None):
            signal.signal(number, lambda *_: stop.set())
    work(settings, stop)


@main.command()
@click.pass_obj
def gateway(settings: Settings) -> None:
    """Serve the REST gateway on its loopback port until stopped."""
    from gateway.serve import serve  # a worker or a sync need not load a web framework

    serve(settings)


@main.command()
@click.pass_obj
def viewer(settings: Settings) -> None:
    """Serve the viewer on its loopback port until stopped."""
    from ui.app import serve  # as above

    serve(settings)


@main.command()
@click.option("--days", type=click.IntRange(2, 90), help="Days of history of a new demo. [90]")
@click.option("--reset", is_flag=True, help="Begin anew: removes var/demo and nothing else.")
@click.pass_obj
def demo(settings: Settings, days: int | None, reset: bool) -> None:
    """Start everything on an embedded Postgres, with data that looks real; Ctrl-C stops it.

    The first start loads the history; a later one takes seconds and keeps the data.
    """
    from fmw.demo.run import run_demo  # as above

    run_demo(settings, console, days=days, reset=reset)


for group in (names, sources, alerts):
    main.add_command(group)


def _show_json(outcome: Outcome) -> None:
    for run in outcome.runs:
        fields = {key: getattr(run, key) for key in ("run_id", "source", "status", *COUNTS)}
        fields |= {"error": run.error, "snapshot_version": outcome.snapshot_version}
        click.echo(msgspec.json.encode(fields).decode())


def _end(outcome: Outcome) -> NoReturn:
    for error in outcome.errors:
        show_error(error)
    sys.exit(outcome.exit_code)
