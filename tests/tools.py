"""Programs that some tests need beside Python."""

from __future__ import annotations

import os
import shutil

import pytest


def needs(*names: str) -> str:
    """Return the path of the first that is here; without one the test skips, and in CI it fails."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)(f"{names[0]} is not installed")
    return found
