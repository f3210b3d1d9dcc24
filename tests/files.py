"""What belongs to the project: the files git knows or would take."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@cache
def project_files() -> list[Path]:
    """Return every file of the project, sorted; skips the test outside of a git checkout."""
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    paths = {ROOT / name for name in names.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def relative(path: Path) -> str:
    """Return the name of a file as git writes it."""
    return path.relative_to(ROOT).as_posix()
