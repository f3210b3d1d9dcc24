"""Shorthand for tests of the rules: deliveries as tuples, features as dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from db.connection import ETL, connect
from etl.declaration import Source
from etl.runs import Order, Run
from etl.sync import locked, parse_moment, sync_source
from fmw.settings import Settings

Deliver = Callable[..., Run]


@pytest.fixture
def etl(settings: Settings) -> Iterator[psycopg.Connection]:
    with connect(settings, ETL) as conn, locked(conn):
        yield conn


@pytest.fixture
def deliver(etl: psycopg.Connection, settings: Settings) -> Deliver:
    """Sync a delivery given as lines of "group,name,status[,owner]"; its date is `at`."""

    def deliver(
        *lines: str, source: str = "team", at: str = "", accept: bool = False, **declared: Any
    ) -> Run:
        file = settings.home / f"{source}.csv"
        file.write_text("\n".join(["group,name,status,owner", *lines]) + "\n", encoding="utf-8")
        columns = {
            "feature_group": "group",
            "feature_name": "name",
            "status": "status",
            "owner": "owner",
        }
        order = Order(effective_at=parse_moment(at) if at else None, accept_removals=accept)
        declaration = Source(name=source, kind="csv", path=str(file), columns=columns, **declared)
        return sync_source(etl, declaration, order)

    return deliver


@pytest.fixture
def query(admin: psycopg.Connection) -> Callable[..., list[dict[str, Any]]]:
    """Run a query as administrator and return its rows."""

    def query(text: str, *arguments: object) -> list[dict[str, Any]]:
        with admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(text, arguments).fetchall()

    return query
