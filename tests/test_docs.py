"""The documentation names what there is, and nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from etl.declaration import ATTRIBUTES, FIELDS, Source
from fmw.cli import main
from fmw.settings import Settings
from tests.files import ROOT, project_files, relative

REFERENCE = ROOT / "docs" / "reference"
PAGES = [
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if path.name != "CHANGELOG.md"
]
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_MENTION = re.compile(r"\bdocs/[\w/-]+\.md\b")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def first_column(page: str) -> set[str]:
    """Return the code words in the first cells of a page's tables."""
    cells = re.findall(r"^\| ([^|]*) \|", page, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_generated_parts_are_up_to_date() -> None:
    command = [sys.executable, "-X", "utf8", ".ci/docs.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


def test_every_setting_is_in_the_reference() -> None:
    fields = set(Settings.__struct_fields__) - {"home"}
    assert first_column(read(REFERENCE / "settings.md")) == fields


def test_every_command_is_in_the_reference() -> None:
    page = read(REFERENCE / "cli.md")
    assert [name for name in main.commands if f"## fmw {name}\n" not in page] == []


def test_every_field_of_a_source_is_in_the_reference() -> None:
    page = read(REFERENCE / "sources.md")
    tables = dict(re.findall(r"## (.+)\n((?:(?!## ).*\n)+)", page))
    fields = {field.encode_name for field in msgspec.structs.fields(Source)} - {"home", "spool"}
    assert first_column(tables["Fields of `[[source]]`"]) == fields
    assert first_column(tables["Our columns"]) == {*FIELDS, ATTRIBUTES}


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [link for link in _LINK.findall(read(path)) if not (path.parent / link).exists()]
    assert broken == []


def test_pages_that_messages_point_to_exist() -> None:
    """An error that says "see docs/..." must not send its reader nowhere."""
    missing = {
        f"{relative(path)}: {page}"
        for path in project_files()
        if path.suffix in {".py", ".sql", ".toml"}
        for page in _MENTION.findall(read(path))
        if not (ROOT / page).exists()
    }
    assert missing == set()


def test_objects_of_the_database_that_pages_name_exist() -> None:
    sql = "\n".join(read(path) for path in project_files() if relative(path).startswith("db/"))
    created = r"^create .*?\b((?:core|ops|api)\.\w+)"
    known = set(re.findall(created, sql, re.MULTILINE))
    named = {
        f"{relative(path)}: {name}"
        for path in PAGES
        for name in re.findall(r"(?<![\w/])((?:core|ops|api)\.[a-z]\w*[a-z])\b(?!<)", read(path))
        if name not in known and not name.endswith(".md")
    }
    assert named == set()


def test_readme_starts_with_the_two_commands() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", read(ROOT / "README.md"), re.DOTALL)
    assert blocks[:2] == ["python -m pip install uv && uv run fmw demo\n", "uv run pytest\n"]


def test_the_rulebook_stays_short() -> None:
    assert len(read(ROOT / "CONTRIBUTING.md").splitlines()) < 100
