"""`python -m ui`: the viewer with the settings of `fmw.toml` and the environment."""

from __future__ import annotations

import sys

from fmw.errors import FmwError
from fmw.logs import configure_logging
from fmw.settings import load_settings
from ui.app import serve

if __name__ == "__main__":
    try:
        settings = load_settings()
        configure_logging(settings.log_level)
        serve(settings)
    except FmwError as exc:
        sys.exit(f"viewer: {exc}")
