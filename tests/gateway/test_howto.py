"""The recipes for the API run as they stand; of those that need Windows, what they ask for."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from rich.console import Console

from fmw.demo.data import write_configuration
from fmw.demo.load import load
from fmw.settings import Settings
from tests.gateway.process import Gateway, serving
from tests.npm import JS, packages
from tests.tools import needs

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
TEXT = (HOWTO / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://fmw"


@pytest.fixture(scope="module")
def demo(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway before what `fmw demo` shows: what the recipes ask for is there."""
    database, home = f"{template}_demo", tmp_path_factory.mktemp("demo")
    settings = Settings(home=home, database_url=make_conninfo(server, dbname=database))
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"drop database if exists {database} with (force)".encode())
        conn.execute(f"create database {database} template {template}".encode())
        write_configuration(home)
        load(settings, 2, Console(quiet=True))
        with serving(settings) as gateway:
            yield gateway
        conn.execute(f"drop database {database} with (force)".encode())


def recipes(gateway: Gateway, *languages: str) -> list[str]:
    """The recipes in these languages, for this gateway."""
    found = [code for name, code in BLOCK.findall(TEXT) if name in languages]
    assert found
    return [code.replace(ADDRESS, f"http://127.0.0.1:{gateway.port}") for code in found]


def test_both_languages_have_the_same_recipes() -> None:
    korean = (HOWTO / "api-ko.md").read_text(encoding="utf-8")
    assert BLOCK.findall(korean) == BLOCK.findall(TEXT)


def test_python(demo: Gateway, tmp_path: Path) -> None:
    code = "".join(recipes(demo, "python"))
    frames = set(re.findall(r"^(\w+) = ", code, re.MULTILINE)) - {"last"}
    code += f"assert all(map(len, [{', '.join(frames)}]))\n"
    code += "assert len(history) == len(changes) > 1000\nassert last == history.change_id.max()\n"
    code += "assert str(features.changed_at.dt.tz) == 'UTC+09:00'\n"
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True, cwd=tmp_path)


def test_shell(demo: Gateway, tmp_path: Path) -> None:
    needs("curl")
    for command in "".join(recipes(demo, "sh")).splitlines():
        strict = command.replace("curl ", "curl --fail --silent --show-error ")
        done = subprocess.run(
            ["sh", "-c", strict], check=True, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        assert "-o " in command or len(done.stdout.splitlines()) > 1, command
        assert "count=exact" not in command or re.search(r"(?i)content-range: .*/\d", done.stdout)
    assert (tmp_path / "features.csv").read_bytes().startswith(b"\xef\xbb\xbffeature_id,")


def test_javascript(demo: Gateway, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(packages(JS) / "node_modules")
    [code] = recipes(demo, "js")
    (tmp_path / "recipe.mjs").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [needs("node"), "recipe.mjs"], check=True, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert re.fullmatch(r"20 / \d+\n", done.stdout)


def test_what_windows_asks_for(demo: Gateway) -> None:
    [powershell], [query] = recipes(demo, "powershell"), recipes(demo, "powerquery")
    paths = re.findall(r'"\$api(/.*?)"', powershell)
    [(relative, pairs)] = re.findall(r'RelativePath = "(.*?)", Query = \[(.*?)\]', query)
    given = urlencode(dict(re.findall(r'(\w+) = "(.*?)"', pairs)))
    for path in [*(f"/api/v1{path}" for path in paths), f"/{relative}?{given}"]:
        response, body = demo.get(quote(path, safe="/?&=%"))
        assert response.status == 200, body
        assert len(body.splitlines()) > 1
        if "format=json" not in path:
            assert body.removeprefix(b"\xef\xbb\xbf").startswith(b"feature_id,")
            assert b",changed_at" in body
