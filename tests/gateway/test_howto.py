"""The recipes for the API run as they stand; of those that need Windows, what they ask for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.gateway.process import Gateway
from tests.npm import JS, packages
from tests.tools import needs

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
TEXT = (HOWTO / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://fmw"


def recipes(gateway: Gateway, *languages: str) -> list[str]:
    """The recipes in these languages, for this gateway."""
    found = [code for name, code in BLOCK.findall(TEXT) if name in languages]
    assert found
    return [code.replace(ADDRESS, f"http://127.0.0.1:{gateway.port}") for code in found]


def test_both_languages_have_the_same_recipes() -> None:
    korean = (HOWTO / "api-ko.md").read_text(encoding="utf-8")
    assert BLOCK.findall(korean) == BLOCK.findall(TEXT)


def test_python(running: Gateway, tmp_path: Path) -> None:
    [code] = recipes(running, "python")
    frames = re.findall(r"^(\w+) = ", code, re.MULTILINE)
    code += f"assert all(map(len, [{', '.join(frames)}]))\n"
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True, cwd=tmp_path)


def test_shell(running: Gateway, tmp_path: Path) -> None:
    needs("curl")
    for code in recipes(running, "sh"):
        strict = "set -eu\n" + code.replace("curl ", "curl --fail --silent --show-error ")
        subprocess.run(["sh", "-c", strict], check=True, cwd=tmp_path)
    assert (tmp_path / "features.csv").read_bytes().startswith(b"\xef\xbb\xbffeature_id,")


def test_javascript(running: Gateway, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(packages(JS) / "node_modules")
    [code] = recipes(running, "js")
    (tmp_path / "recipe.mjs").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [needs("node"), "recipe.mjs"], check=True, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout == "2 / 2\n"


def test_what_windows_asks_for(running: Gateway) -> None:
    [powershell], [query] = recipes(running, "powershell"), recipes(running, "powerquery")
    paths = re.findall(r'"\$api(/.*?)"', powershell)
    [(relative, pairs)] = re.findall(r'RelativePath = "(.*?)", Query = \[(.*?)\]', query)
    given = urlencode(dict(re.findall(r'(\w+) = "(.*?)"', pairs)))
    for path in [*(f"/api/v1{path}" for path in paths), f"/{relative}?{given}"]:
        response, body = running.get(quote(path, safe="/?&=%"))
        assert response.status == 200, body
        if "format=json" not in path:
            assert body.removeprefix(b"\xef\xbb\xbf").startswith(b"feature_id,")
            assert b",changed_at" in body
