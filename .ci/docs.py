"""Write the generated parts of docs/reference: `just docs`; with --check only compare.

A page is written by hand but for what stands between "<!-- generated -->" and "<!-- end -->".
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg

from db import embedded
from db.connection import admin_conninfo
from db.description import describe_schema
from db.migrate import migrate
from fmw import settings
from fmw.cli import main as command_line

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
_PART = re.compile(r"(?<=<!-- generated -->\n).*?(?=<!-- end -->)", re.DOTALL)


def describe_settings() -> str:
    """Return a table of every setting: name, variable, default, meaning."""
    rows = ["| setting | default | what it decides |", "|---|---|---|"]
    default = settings.Settings()
    for name, text in _documented_fields(settings.Settings):
        if name != "home":  # never set by hand
            value = getattr(default, name)
            shown = "empty" if value == "" else f"`{value}`"
            rows.append(f"| `{name}` | {shown} | {text} |")
    return "\n".join(["", *rows, "", ""])


def describe_commands() -> str:
    """Return the help of every command, as `--help` prints it."""
    parts = []
    root = click.Context(
        command_line, info_name="fmw", terminal_width=90, **command_line.context_settings
    )
    for context in _contexts(root):
        parts += [f"\n## {context.command_path}\n", "```text", context.get_help(), "```"]
    return "\n".join([*parts, "", ""])


def describe_database() -> str:
    """Return the schema of a database made for it."""
    with tempfile.TemporaryDirectory(prefix="fmw-docs-") as name:
        home = Path(name)
        home.chmod(0o755)
        fresh = settings.Settings(home=home)
        migrate(fresh)
        try:
            with psycopg.connect(admin_conninfo(fresh)) as conn:
                return describe_schema(conn)
        finally:
            embedded.stop(fresh.path(fresh.var) / "postgres")


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": describe_settings,
    "cli.md": describe_commands,
    "schema.md": describe_database,
}


def main() -> None:
    """Bring the pages up to date, or with --check name those that are not."""
    stale = []
    for name, describe in PAGES.items():
        if "--check" in sys.argv and describe is describe_database:
            continue  # tests/db/test_catalog.py compares it, on each version of Postgres
        page = REFERENCE / name
        old = page.read_text(encoding="utf-8")
        text = describe()
        new, parts = _PART.subn(lambda _, text=text: text, old)  # type: ignore[misc]
        if parts != 1:
            raise SystemExit(f"{page} has {parts} generated parts instead of one")
        if new != old:
            stale.append(name)
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8", newline="\n")
    if stale and "--check" in sys.argv:
        raise SystemExit(f"run `just docs`: {', '.join(stale)} in docs/reference are out of date")


def _documented_fields(cls: type) -> Iterator[tuple[str, str]]:
    """Yield the fields of a class and the docstring below each, on one line."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - for the type checker
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            if not (isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)):
                raise SystemExit(f"the setting {field.target.id} says nothing about itself")
            yield field.target.id, " ".join(str(text.value.value).split())


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield a command's context, then those of its subcommands, in the order of --help."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command and not command.hidden:
                yield from _contexts(click.Context(command, context, info_name=name))


if __name__ == "__main__":
    main()
