"""What every bench stands on: an installation of its own, and a quiet start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from db import embedded
from db.migrate import migrate
from fmw.settings import Settings


@contextmanager
def installation() -> Iterator[Settings]:
    """Make an embedded cluster of its own, migrated, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="fmw-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        settings = Settings(home=home)
        migrate(settings)
        try:
            yield settings
        finally:
            embedded.stop(settings.path(settings.var) / "postgres")


def settle(admin: psycopg.Connection) -> None:
    """Let Postgres and the system write what is left over, so that nobody pays for others' work."""
    admin.execute("checkpoint")
    if hasattr(os, "sync"):
        os.sync()
