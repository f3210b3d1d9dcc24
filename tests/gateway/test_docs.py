"""The gateway's reference page: its examples run, and it leaves nothing out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from fmw.settings import Settings
from gateway import filters, grammar

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "gateway.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = re.findall(r"^curl .*$", TEXT, re.MULTILINE)
READ_CSV = re.findall(r'pd\.read_csv\("http://127\.0\.0\.1:8000(.*?)"\)', TEXT)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_works(fmw: TestClient[Litestar], command: str) -> None:
    words = shlex.split(command, comments=True)
    url = next(word for word in words if word.startswith("http"))
    headers = dict([words[words.index("-H") + 1].split(": ")]) if "-H" in words else {}
    method = "HEAD" if "-I" in words else "POST" if "-d" in words else "GET"
    content = words[words.index("-d") + 1] if "-d" in words else None
    path = url.removeprefix("http://127.0.0.1:8000")
    response = fmw.request(method, path, headers=headers, content=content)
    assert response.status_code in (200, 202), response.text


@pytest.mark.parametrize("path", READ_CSV)
def test_every_frame_can_be_read(fmw: TestClient[Litestar], path: str) -> None:
    response = fmw.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv")


def test_the_page_names_everything() -> None:
    names = {*filters.OPERATORS, *grammar.CASTS, *grammar.FORMATS, *filters.STATES}
    names |= {name for name in Settings.__struct_fields__ if name.startswith("gateway_")}
    missing = {name for name in names if not re.search(rf"\b{name}\b", TEXT)}
    missing |= {name for name in grammar.PARAMETERS if f"{name}=" not in TEXT}
    assert not missing
    assert COMMANDS
    assert READ_CSV
