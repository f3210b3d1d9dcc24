"""Sources that are databases: the result of a query, read only."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL

from etl.declaration import Source
from etl.runs import Run
from etl.sync import sync_source
from fmw.errors import SourceAway, SourceError

COLUMNS = {"feature_group": "grp", "feature_name": "name", "since": "day", "title": "title"}
QUERY = """
select 'g' as grp, n::text as name, date '2025-01-31' as day, null::text as title, 1.10 as version
from generate_series(1, 3) as n;
"""


@pytest.fixture(params=["libpq", "sqlalchemy"])
def address(request: pytest.FixtureRequest, database: str) -> str:
    if request.param == "libpq":
        return database
    parts = conninfo_to_dict(database)
    return URL.create(
        "postgresql+psycopg",
        username=str(parts["user"]),
        password=parts.get("password") and str(parts["password"]),
        database=str(parts["dbname"]),
        query={key: str(parts[key]) for key in ("host", "port") if parts.get(key)},
    ).render_as_string(hide_password=False)


@pytest.fixture
def take(etl: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def take(address: str, query: str = QUERY, **declared: Any) -> Run:
        monkeypatch.setenv("THEIR_DATABASE", address)
        declared = {"dsn_env": "THEIR_DATABASE", "query": query, "spool": tmp_path, **declared}
        return sync_source(etl, Source(name="theirs", kind="sql", columns=COLUMNS, **declared))

    return take


def test_rows_of_a_query_become_features(take: Any, admin: Any, address: str) -> None:
    assert take(address).created == 3
    rows = admin.execute(
        "select feature_name, since, title, attributes ->> 'version' from core.features"
    ).fetchall()
    assert rows == [(str(n), "2025-01-31", None, "1.10") for n in (1, 2, 3)]
    assert take(address).unchanged == 3


def test_query_cannot_write(take: Any, admin: Any, address: str) -> None:
    with pytest.raises(SourceError):
        take(address, "delete from core.name_map returning 'g' as grp, 'n' as name")
    with pytest.raises(SourceError):
        take(address, "select 1 as grp; drop table core.name_map")
    assert admin.execute("select to_regclass('core.name_map') is not null").fetchone() == (True,)


def test_query_that_hangs_is_cut_off(take: Any, database: str) -> None:
    with pytest.raises(SourceError, match=r"timeout|max_seconds"):
        take(database, "select pg_sleep(30)::text as grp", max_seconds=0.5)


def test_result_over_the_limit_is_refused(take: Any, address: str) -> None:
    query = "select repeat('x', 1000) as grp, n as name from generate_series(1, 9999) as n"
    with pytest.raises(SourceError, match="max_megabytes = 1"):
        take(address, query, max_megabytes=1)


@pytest.mark.parametrize("address", ["host=127.0.0.1 port=9", "nosuch://there/db"])
def test_database_that_is_not_there(take: Any, address: str) -> None:
    with pytest.raises(SourceError, match="source theirs"):
        take(address)


def test_address_that_is_not_set(take: Any) -> None:
    with pytest.raises(SourceError, match="THEIR_DATABASE is not set"):
        take("")


def test_a_server_that_hangs_is_given_up(take: Any, admin: Any, database: str) -> None:
    """Stopped as a whole: its own statement_timeout cannot end it any more."""
    stopped: list[psutil.Process] = []
    running = "select pid from pg_stat_activity where query like 'copy (select pg_sleep%'"

    def stop() -> None:
        deadline = time.monotonic() + 10
        while not (row := admin.execute(running).fetchone()) and time.monotonic() < deadline:
            time.sleep(0.02)
        stopped.append(psutil.Process(row[0]))
        stopped[0].suspend()

    thread = threading.Thread(target=stop)
    thread.start()
    try:
        with pytest.raises(SourceAway, match="does not answer any more"):
            take(database, "select pg_sleep(60)", max_seconds=2.0)
    finally:
        thread.join()
        stopped[0].resume()


@pytest.mark.parametrize(
    "address",
    [
        "sqlite//u:GEHEIM@h",
        "host=127.0.0.1 password=GE HEIM",
        "postgresql://fmw:GE@HEIM@127.0.0.1:1/x",
        "postgresql://fmw:GEHEIM@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 user=x password=GEHEIM",
        "postgresql+psycopg://fmw:GEHEIM@127.0.0.1:1/x",
        "nosuchdialect://u:GEHEIM@h/x",
        "mysql+pymysql//u:GEHEIM@h/x",
    ],
)
def test_no_secret_is_told(take: Any, admin: Any, address: str) -> None:
    with pytest.raises(SourceError) as caught:
        take(address)
    (error,) = admin.execute("select error from ops.runs").fetchone()
    assert "HEIM" not in str(caught.value) + error
