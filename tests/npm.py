"""Packages of npm that tests need: clients, rivals, checkers."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.tools import needs

JS = Path(__file__).parent / "gateway" / "js"
"""What the gateway is tested with: a client, and the real PostgREST."""
CACHE = Path(__file__).resolve().parents[1] / "var" / "npm"


def packages(source: Path) -> Path:
    """Return a copy of a folder with its locked packages; they are installed once per lock.

    Without node and npm the test skips, and in CI it fails.
    """
    npm = needs("npm")
    needs("node")
    lock = (source / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            made = Path(name, "made")
            shutil.copytree(source, made, ignore=shutil.ignore_patterns("node_modules"))
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=made, check=True)
            with contextlib.suppress(FileExistsError, PermissionError):
                made.rename(folder)  # as a whole; another process may have been first
    assert (folder / "node_modules").is_dir()
    return folder
