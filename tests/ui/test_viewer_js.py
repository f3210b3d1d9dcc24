"""The browser's modules: linted, and their rules tested without a browser."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.npm import packages
from tests.tools import needs

SOURCE = Path(__file__).with_name("js")
UI = Path(__file__).resolve().parents[2] / "ui"


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_are_clean(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(packages(SOURCE) / "node_modules")
    config = tmp_path / "eslint.config.js"
    config.write_bytes((SOURCE / config.name).read_bytes())
    eslint = tmp_path / "node_modules/eslint/bin/eslint.js"
    node = needs("node")
    run(
        node,
        eslint,
        "--config",
        config,
        "--max-warnings",
        "0",
        "components",
        "static",
        "fallback",
        cwd=UI,
    )


@pytest.mark.parametrize("name", [path.name for path in sorted(SOURCE.glob("*.test.mjs"))])
def test_rules(name: str) -> None:
    run(needs("node"), "--import", "./hooks.mjs", "--test", name, cwd=SOURCE)
