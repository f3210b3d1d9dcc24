"""The embedded server: started by many at once, stopped, and started again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from db import embedded
from fmw.errors import DatabaseUnavailable


@pytest.fixture
def folder() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="fmw-embedded-"))
    yield home / "postgres"
    embedded.stop(home / "postgres")
    shutil.rmtree(home)


def test_threads_may_start_it_at_once(folder: Path) -> None:
    """The gateway's two readers do: the wheel itself locks between processes only."""
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: embedded.start(folder), range(24)))
    (conninfo,) = answers
    with psycopg.connect(conninfo) as conn:
        row = conn.execute("select current_database(), lower('ÀÉ')").fetchone()
    assert row == ("fmw", "àé")


def test_it_can_be_stopped_and_started_again(folder: Path) -> None:
    conninfo = embedded.start(folder)
    embedded.stop(folder)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo)
    with psycopg.connect(embedded.start(folder)) as conn:
        assert conn.execute("select 1").fetchone() == (1,)


def test_our_configuration_is_in_force(folder: Path) -> None:
    """What initdb wrote into postgresql.conf must not stand after it."""
    with psycopg.connect(embedded.start(folder)) as conn:
        rows = conn.execute(
            "select name, applied from pg_file_settings where sourcefile like '%fmw.conf'"
        ).fetchall()
        assert ("shared_buffers", True) in rows
        assert all(applied for _, applied in rows)


def test_a_folder_postgres_cannot_live_in_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="holds a space"):
        embedded.start(tmp_path / "My Documents" / "postgres")
