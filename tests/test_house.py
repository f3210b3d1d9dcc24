"""The rules of the house that no linter knows: CONTRIBUTING.md says why each is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.files import ROOT, project_files, relative

PACKAGES = {"fmw", "db", "etl", "gateway", "ui", "winsvc"}
MODULE_LINES, LONG_MODULE_LINES, FUNCTION_LINES = 500, 300, 50
SQLFLUFF_BYTES = 20_000  # a larger file it skips without a word
SQL_COLUMNS = 100
LONG_MODULES: dict[str, str] = {}
"""Modules above LONG_MODULE_LINES, and why each is better whole."""

CODE = ROOT / "db" / "code"
MIGRATIONS = sorted((ROOT / "db" / "migrations").glob("*.sql"))
DIRECTIVES = {"depends", "transactional"}


@cache
def modules() -> dict[str, str]:
    """Return the text of every Python file of the project by its name."""
    return {
        relative(path): path.read_text(encoding="utf-8")
        for path in project_files()
        if path.suffix == ".py"
    }


@cache
def trees() -> dict[str, ast.Module]:
    return {name: ast.parse(text, name) for name, text in modules().items()}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for name, tree in trees().items():
        for node in ast.walk(tree):
            yield name, node


def places(found: Iterator[tuple[str, ast.AST]]) -> list[str]:
    return [f"{name}:{getattr(node, 'lineno', 0)}" for name, node in found]


def sql_files() -> list[Path]:
    return [p for p in project_files() if p.suffix == ".sql" and relative(p).startswith("db/")]


# Python


def test_no_module_is_too_long() -> None:
    lengths = {name: text.count("\n") for name, text in modules().items()}
    assert [name for name, lines in lengths.items() if lines > MODULE_LINES] == []
    assert {name for name, lines in lengths.items() if lines > LONG_MODULE_LINES} == set(
        LONG_MODULES
    ), "say in LONG_MODULES why a module is long, or that it no longer is"


def test_no_function_is_too_long() -> None:
    functions = (
        (name, node)
        for name, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    )
    assert places(functions) == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, tree in trees().items()
        if not ast.get_docstring(tree) and (tree.body or name.split("/")[0] in PACKAGES)
    ]
    assert silent == []


def test_nothing_prints() -> None:
    """Services log and commands use their console; a bench prints its table."""
    calls = (
        (name, node)
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and not name.startswith("bench/")
    )
    assert places(calls) == []


def test_paths_are_pathlib() -> None:
    uses = (
        (name, node)
        for name, node in nodes()
        if (isinstance(node, ast.Attribute) and ast.unparse(node) == "os.path")
        or (isinstance(node, ast.ImportFrom) and node.module == "os.path")
    )
    assert places(uses) == []


def test_database_access_is_synchronous() -> None:
    """psycopg's asynchronous connections fail on Windows' default event loop."""
    names = re.compile(r"Async\w*(Connection|Pool|Cursor)\w*")
    uses = (
        (name, node)
        for name, node in nodes()
        if (isinstance(node, ast.alias) and names.fullmatch(node.name))
        or (isinstance(node, ast.Attribute) and names.fullmatch(node.attr))
    )
    assert places(uses) == []


def test_no_module_is_a_drawer() -> None:
    """A module is named after what it is about."""
    drawers = {"utils", "util", "helpers", "common", "misc", "models", "repositories"}
    assert [name for name in modules() if drawers & set(Path(name).with_suffix("").parts)] == []


# SQL


def test_order_lists_every_definition_once() -> None:
    order = (CODE / "order.txt").read_text(encoding="utf-8").split()
    files = [path.relative_to(CODE).as_posix() for path in CODE.rglob("*.sql")]
    assert sorted(order) == sorted(files)


def test_sql_is_of_a_size_that_sqlfluff_reads() -> None:
    assert [relative(path) for path in sql_files() if path.stat().st_size > SQLFLUFF_BYTES] == []


def test_sql_lines_fit() -> None:
    """sqlfluff does not look into function bodies."""
    long = [
        f"{relative(path)}:{number}"
        for path in sql_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > SQL_COLUMNS
    ]
    assert long == []


# Migrations: what yoyo does not notice, or notices too late


def test_migration_numbers_count_up_without_a_gap() -> None:
    """Two branches that took the same number collide here, not in production."""
    names = [path.stem for path in MIGRATIONS]
    assert [name for name in names if not re.fullmatch(r"\d{4}(-[a-z0-9]+)+", name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_migration_is_in_the_form_yoyo_reads(path: Path) -> None:
    data = path.read_bytes()
    text = data.decode()
    assert not data.startswith(b"\xef\xbb\xbf"), "a byte-order mark is a syntax error"
    assert re.match(r"-- \S", text), "the first line says what and why"
    assert not re.search(r"(?im)^\s*(begin|commit|rollback|start transaction)\s*;", text), (
        "yoyo has its own transaction; this would commit half the file"
    )
    assert not re.search(r"(?im)^\\|^copy\b.*\bstdin\b", text), "that is psql's, not SQL"
    assert set(_directives(text)) <= DIRECTIVES, "yoyo takes a misspelt directive for a comment"


def _directives(text: str) -> list[str]:
    """Return what looks like a directive in the comments a file begins with."""
    head = re.match(r"(?:\s*(?:--[^\n]*)?\n)*", text)
    return re.findall(r"(?m)^\s*--\s*([\w-]+)\s*:", head[0] if head else "")
