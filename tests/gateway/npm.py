"""Packages of npm that tests run against the gateway: the JavaScript client, the real PostgREST."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.tools import needs

SOURCE = Path(__file__).with_name("js")
CACHE = Path(__file__).resolve().parents[2] / "var" / "npm"


def packages() -> Path:
    """Return a folder with the locked packages of `js/`; they are installed once per lock.

    Without node and npm the test skips, and in CI it fails.
    """
    npm = needs("npm")
    needs("node")
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = CACHE / hashlib.sha256(lock).hexdigest()[:16]
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            made = Path(name, "made")
            shutil.copytree(SOURCE, made, ignore=shutil.ignore_patterns("node_modules"))
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=made, check=True)
            with contextlib.suppress(FileExistsError, PermissionError):
                made.rename(folder)  # as a whole; another process may have been first
    assert (folder / "node_modules").is_dir()
    return folder
