"""A real Postgres for every test: a migrated template, cloned where a test commits."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_postgresql.janitor import DatabaseJanitor

from db import embedded
from db.connection import ETL, connect
from db.migrate import migrate_database
from etl.sync import locked
from fmw.settings import Settings

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
TEMPLATE = f"fmw_template{WORKER}"
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--dsn", default="", help="an administrator's conninfo; default: the embedded one"
    )


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Conninfo of an administrator of the cluster under test."""
    dsn: str = request.config.getoption("--dsn")
    if dsn:
        yield dsn
        return
    # Not under pytest's own folder: that is closed to other users, and under root Postgres is one.
    folder = Path(tempfile.mkdtemp(prefix="fmw-tests-"))
    try:
        yield embedded.start(folder / "postgres")
    finally:
        embedded.stop(folder / "postgres")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """Name of a migrated database that tests clone."""
    with psycopg.connect(server, autocommit=True) as conn:
        # of several processes on one cluster one at a time: its roles are made, too
        conn.execute("select pg_advisory_lock(hashtext('fmw.tests'))")
        conn.execute(f"drop database if exists {TEMPLATE}")
        provider = (
            "locale_provider builtin builtin_locale 'C.UTF-8' lc_collate 'C' lc_ctype 'C'"
            if conn.info.server_version >= 170000
            else "lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"
        )
        conn.execute(f"create database {TEMPLATE} template template0 encoding 'UTF8' {provider}")
        migrate_database(make_conninfo(server, dbname=TEMPLATE))
    return TEMPLATE


_numbers = itertools.count(1)


@pytest.fixture
def database(server: str, template: str) -> Iterator[str]:
    """Administrator's conninfo of a fresh clone of the template; dropped afterwards."""
    parts = conninfo_to_dict(server)
    name = f"fmw_test{WORKER}_{next(_numbers)}"
    with DatabaseJanitor(
        user=str(parts["user"]),
        host=str(parts.get("host") or ""),
        port=parts.get("port") or 5432,
        password=parts.get("password"),
        dbname=name,
        template_dbname=template,
    ):
        yield make_conninfo(server, dbname=name)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Settings of an installation of its own: a folder and a database nobody else uses."""
    return Settings(home=tmp_path, database_url=database)


@pytest.fixture
def admin(database: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection that may do everything."""
    with psycopg.connect(database, autocommit=True) as conn:
        yield conn


@pytest.fixture
def login(database: str) -> Callable[[str], psycopg.Connection]:
    """Connect as a role that logs in by itself; `connect` lets the administrator take it."""
    return lambda role: psycopg.connect(make_conninfo(database, user=role), autocommit=True)


@pytest.fixture
def etl(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of the etl role that holds the sync lock."""
    with connect(settings, ETL) as conn, locked(conn):
        yield conn


@pytest.fixture
def shared_data() -> Path:
    """Folder of the full example data."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the full example data is not at {SHARED_DATA}")
    return SHARED_DATA
