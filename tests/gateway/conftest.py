"""A real Postgres with a small schema of odd values, and the gateway in front of it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo

from fmw.settings import Settings
from gateway.app import create_app
from tests.gateway.own import Own
from tests.gateway.process import Gateway, serving

SAMPLE = Path(__file__).with_name("sample.sql")


FILL = """
insert into core.features (kind, feature_group, feature_name, environment, status, source) values
    ('feature', '결제', '환불', 'all', '운영', 'one'),
    ('feature', '결제', '취소', 'all', '중지', 'one'),
    ('feature', 'Login', '간편 로그인', 'all', '운영', 'two');
insert into ops.sources (source, kind, location) values ('one', 'file', 'a'), ('two', 'file', 'b');
"""
VIEWS = """
create view api.big as
select n, repeat('가', 100) as text from generate_series(1, 5000) as n;
create view api.fails_late as
select n, repeat('x', 100) as text, 1 / (20000 - n) as m from generate_series(1, 20000) as n;
grant select on api.big, api.fails_late to fmw_reader;
"""


@pytest.fixture(scope="session")
def sample(server: str) -> str:
    """A database with the sample schema; the conninfo of its administrator."""
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute("drop database if exists fmw_sample with (force)")
        conn.execute("create database fmw_sample template template0 encoding 'UTF8'")
    conninfo = make_conninfo(server, dbname="fmw_sample")
    with psycopg.connect(conninfo) as conn:
        conn.execute(SAMPLE.read_bytes())
    return conninfo


@pytest.fixture(scope="session")
def sample_settings(sample: str) -> Settings:
    """The gateway's settings for the sample schema."""
    return Settings(
        database_url=sample,
        gateway_schema="sample",
        gateway_role="sample_reader",
        gateway_pool=4,
        gateway_statement_timeout=2.0,
        gateway_pool_timeout=1.0,
        gateway_request_log=False,
    )


@pytest.fixture(scope="session")
def client(sample_settings: Settings) -> Iterator[TestClient[Litestar]]:
    """The gateway in this process."""
    with TestClient(create_app(sample_settings)) as client:
        yield client


@pytest.fixture
def fmw(settings: Settings, admin: psycopg.Connection) -> Iterator[TestClient[Litestar]]:
    """The gateway on a migrated database with three features and two declared sources."""
    admin.execute("select ops.refresh()")
    admin.execute(FILL)
    admin.execute("select core.set_alias('feature_group', 'pay', '결제')")
    admin.execute("select ops.refresh()")
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def views(admin: psycopg.Connection) -> None:
    """A view of many rows, and one that fails after thousands."""
    admin.execute(VIEWS)


@pytest.fixture
def running(settings: Settings, admin: psycopg.Connection) -> Iterator[Gateway]:
    """The gateway as a process, on a migrated database with three features."""
    admin.execute(FILL)
    admin.execute("select ops.refresh()")
    with serving(settings) as gateway:
        yield gateway


@pytest.fixture
def warm(fmw: TestClient[Litestar]) -> TestClient[Litestar]:
    """The gateway, when it has heard which snapshot is shown."""
    until_known(fmw, "/api/v1/all?limit=0")
    return fmw


def until_known(client: TestClient[Litestar], path: str) -> None:
    """Wait until an answer comes from memory."""
    deadline = time.monotonic() + 10
    while client.get(path).headers["Server-Timing"] != "cache;desc=hit":
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    folder = Path(tempfile.mkdtemp(prefix="fmw-tests-"))
    try:
        yield (running := Own(folder))
        running.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def live(own: Own) -> Iterator[TestClient[Litestar]]:
    """The gateway on the Postgres."""
    with TestClient(create_app(own.settings)) as client:
        yield client


@pytest.fixture(scope="module")
def away(own: Own) -> Iterator[TestClient[Litestar]]:
    """The same gateway, started while nobody is where Postgres should be."""
    nobody = make_conninfo(own.settings.database_url, host="127.0.0.1", port=1)
    settings = msgspec.structs.replace(own.settings, database_url=nobody)
    with TestClient(create_app(settings)) as client:
        yield client


def execute(database: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement as the administrator and return its rows."""
    with psycopg.connect(database, autocommit=True) as conn:
        cursor = conn.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def ids(client: TestClient[Litestar], query: str, view: str = "features") -> list[int]:
    """The feature_ids that a query of JSON brings, in order."""
    response = client.get(f"/api/v1/{view}?select=feature_id&format=json&{query}")
    assert response.status_code in (200, 206), response.text
    return [row["feature_id"] for row in response.json()]
