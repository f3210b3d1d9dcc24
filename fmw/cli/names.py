"""`fmw names`: the name map."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from db.connection import ETL, connect
from etl.names import export_names, load_names
from fmw.cli.terminal import FILE, console
from fmw.settings import Settings


@click.group()
def names() -> None:
    """The name map: other names of groups, statuses, owners, and their standard names."""


@names.command("load")
@click.argument("file", type=FILE)
@click.pass_obj
def names_load(settings: Settings, file: Path) -> None:
    """Add the aliases of a CSV file: domain, alias, standard."""
    with connect(settings, ETL) as conn:
        console.print(
            f"{load_names(conn, file):,} aliases; the next run of each source applies them"
        )


@names.command("export")
@click.argument("file", type=click.File("wb"), default="-", metavar="[FILE]")
@click.option("--bom", is_flag=True, help="Begin with a byte-order mark, so that Excel reads it.")
@click.pass_obj
def names_export(settings: Settings, file: BinaryIO, bom: bool) -> None:
    """Write all aliases as a CSV file that `names load` takes; without FILE to the terminal."""
    with connect(settings, ETL) as conn:
        export_names(conn, file, bom=bom)
