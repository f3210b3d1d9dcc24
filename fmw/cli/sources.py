"""`fmw sources`: what is declared."""

from __future__ import annotations

from pathlib import Path

import click

from db.connection import ETL, connect
from etl.checking import check_source, list_sources
from etl.proposal import add, propose
from etl.report import show_check, show_sources
from etl.run_all import pick_sources
from etl.sync import locked
from fmw.cli.terminal import FILE, console
from fmw.settings import Settings


@click.group()
def sources() -> None:
    """What sources.toml declares: list it, check it, add to it."""


@sources.command("list")
@click.pass_obj
def sources_list(settings: Settings) -> None:
    """Show the declared sources, highest priority first, and the last run of each."""
    with connect(settings, ETL) as conn:
        show_sources(console, list_sources(conn, pick_sources(settings)))


@sources.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.pass_obj
def sources_check(settings: Settings, names: tuple[str, ...]) -> None:
    """Read the first rows of the named sources (none = all) and show what they would become.

    Changes nothing: how the columns map, which are unmapped, what normalises to what.
    """
    with connect(settings, ETL) as conn, locked(conn):
        for source in pick_sources(settings, names):
            show_check(console, source, check_source(conn, source))


@sources.command("new")
@click.argument("file", type=FILE)
@click.option("--name", default="", help="Name of the source. [made of the file's]")
@click.option("--add", "is_added", is_flag=True, help="Append it to sources.toml.")
@click.pass_obj
def sources_new(settings: Settings, file: Path, name: str, is_added: bool) -> None:
    """Propose a declaration for FILE from its headers, Korean or English.

    Shows it; with --add it is appended to sources.toml, where you mend what was guessed wrong.
    """
    path = settings.path(settings.sources)
    declaration = propose(file, name, path.parent)
    click.echo(declaration, nl=False)
    if is_added:
        add(declaration, path)
        said = f"added to {path}; look at it there, then: fmw sources check"
        console.print(f"\n{said}", soft_wrap=True, highlight=False)
