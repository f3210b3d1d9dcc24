"""Who may do what: tried, not read from the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from db.connection import connect
from db.migrate import migrate
from fmw.settings import Settings

ALLOWED = [
    ("fmw_reader", "select * from api.features"),
    ("fmw_reader", "select * from api.home"),
    ("fmw_reader", "select * from api.feature_history"),
    ("fmw_ops", "select * from ops.runs"),
    ("fmw_ops", "select * from ops.changes"),
    ("fmw_ops", "select * from api.daily_counts"),
    ("fmw_ops", "select * from ops.request_sync()"),
    ("fmw_etl", "select ops.refresh()"),
    ("fmw_admin", "select * from core.features"),
    ("fmw_admin", "update core.features set status = 'off'"),
    ("fmw_admin", "select ops.refresh()"),
    ("fmw_admin", "select core.set_alias('status', 'a', 'b')"),
    (
        "fmw_admin",
        "insert into core.name_map (domain, alias, standard) values ('status', 'a', 'b')",
    ),
    ("fmw_ops", "select * from ops.name_map_effects"),
    ("fmw_ops", "select * from ops.unmapped_names"),
    ("fmw_ops", "select * from ops.late_sources"),
    ("fmw_ops", "select * from ops.request_log"),
    ("fmw_etl", "select ops.forget_requests()"),
]
REFUSED = [
    ("fmw_reader", "select * from core.features"),
    ("fmw_reader", "select * from ops.runs"),
    ("fmw_reader", "select * from core.current_features"),
    ("fmw_reader", "select ops.refresh()"),
    ("fmw_reader", "refresh materialized view api.features"),
    ("fmw_reader", "select ops.request_sync()"),
    ("fmw_reader", "create table api.mine ()"),
    ("fmw_reader", "create table public.mine ()"),
    ("fmw_ops", "select * from core.features"),
    ("fmw_ops", "update ops.runs set status = 'failed'"),
    ("fmw_ops", "select ops.fail_run(1, 'x')"),
    ("fmw_etl", "update core.features set status = 'off'"),
    ("fmw_etl", "insert into core.changes default values"),
    ("fmw_etl", "delete from ops.runs"),
    ("fmw_admin", "insert into core.changes default values"),
    ("fmw_admin", "insert into core.name_map_changes default values"),
    ("fmw_admin", "delete from core.daily_deltas"),
    ("fmw_admin", "drop table core.features"),
]


@pytest.mark.parametrize(("role", "statement"), ALLOWED)
def test_role_may(settings: Any, role: str, statement: Any) -> None:
    with connect(settings, role) as conn:
        conn.execute(statement)


@pytest.mark.parametrize(("role", "statement"), REFUSED)
def test_role_may_not(settings: Any, role: str, statement: Any) -> None:
    with connect(settings, role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


NEW = {
    "table": ("create table {}.secret as select 1 as one", "select * from {}.secret"),
    "view": ("create view {}.secret as select 1 as one", "select * from {}.secret"),
    "matview": ("create materialized view {}.secret as select 1", "select * from {}.secret"),
    "sequence": ("create sequence {}.secret", "select nextval('{}.secret')"),
    "function": (
        "create function {}.secret() returns int language sql return 1",
        "select {}.secret()",
    ),
}
"""Per kind of object: how it is made, and what nobody may do with it unless it is granted."""


@pytest.mark.parametrize("kind", NEW)
def test_a_new_object_is_private(settings: Any, admin: Any, kind: str) -> None:
    make, use = NEW[kind]
    admin.execute("set role fmw_owner")
    for schema in ("raw", "core", "ops", "api"):
        admin.execute(make.format(schema).encode())
        for role in ("fmw_reader", "fmw_ops", "fmw_etl", "fmw_admin", "fmw_log"):
            with (
                connect(settings, role) as conn,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                conn.execute(use.format(schema).encode())


def test_nobody_but_the_owner_may_create_anything(settings: Any) -> None:
    for role in ("fmw_reader", "fmw_ops", "fmw_etl", "fmw_admin", "fmw_log"):
        for schema in ("raw", "core", "ops", "api", "public"):
            with (
                connect(settings, role) as conn,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                conn.execute(f"create table {schema}.mine ()".encode())


def test_no_service_is_powerful_nor_may_become_the_owner(login: Any, admin: Any) -> None:
    rows = admin.execute(
        "select rolname from pg_roles where rolname ~ '^fmw_' and"
        " (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)"
    ).fetchall()
    assert rows == []
    for role in ("fmw_reader", "fmw_ops", "fmw_etl", "fmw_admin", "fmw_log"):
        with login(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("set role fmw_owner")


@pytest.mark.parametrize(
    ("role", "limits"),
    [
        ("fmw_reader", ("30s", "5s", "1min")),
        ("fmw_ops", ("1min", "5s", "1min")),
        ("fmw_admin", ("15min", "30s", "10min")),
        ("fmw_etl", ("0", "0", "10min")),
        ("fmw_log", ("30s", "5s", "1min")),
    ],
)
def test_each_role_has_its_limits(settings: Any, login: Any, role: str, limits: Any) -> None:
    """Whether it logs in by itself or database_url names a user that takes the role."""
    query = (
        "select current_setting('statement_timeout'), current_setting('lock_timeout'),"
        " current_setting('idle_in_transaction_session_timeout')"
    )
    with login(role) as own, connect(settings, role) as taken:
        for conn in (own, taken):
            assert conn.execute(query).fetchone() == limits


def test_limits_an_administrator_set_stay(settings: Any, login: Any, admin: Any) -> None:
    try:
        admin.execute("alter role fmw_reader set statement_timeout = '5min'")
        admin.execute("alter role fmw_reader set timezone = 'UTC'")
        admin.execute("alter role fmw_reader set log_min_duration_statement = '1s'")
        migrate(settings)
        with login("fmw_reader") as own, connect(settings, "fmw_reader") as taken:
            for conn in (own, taken):
                assert conn.execute("show statement_timeout").fetchone() == ("5min",)
                assert conn.execute("show timezone").fetchone() == ("UTC",)
    finally:  # roles belong to the whole cluster
        admin.execute("alter role fmw_reader reset all")
        migrate(settings)


def test_settings_of_the_connection_string_stay(database: str, tmp_path: Path) -> None:
    url = make_conninfo(database, options="-c statement_timeout=7s")
    with connect(Settings(home=tmp_path, database_url=url), "fmw_reader") as conn:
        assert conn.execute("show statement_timeout").fetchone() == ("7s",)
        assert conn.execute("show lock_timeout").fetchone() == ("5s",)


def test_service_logs_in_as_its_own_role_when_the_url_names_no_user(
    settings: Any, admin: Any
) -> None:
    with connect(settings, "fmw_reader") as conn:
        assert conn.execute("select current_user").fetchone() == ("fmw_reader",)


@pytest.mark.parametrize("role", ["fmw_ops", "fmw_admin", "fmw_reader", "fmw_etl", "fmw_log"])
def test_no_role_may_make_temporary_objects(settings: Any, role: str) -> None:
    migrate(settings)  # a clone does not inherit the rights on the database itself
    with connect(settings, role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("create temporary table mine ()")


def test_temporary_type_does_not_run_under_the_owners_functions(settings: Any, admin: Any) -> None:
    """Even where temporary objects are allowed, built-in types come first."""
    admin.execute("insert into ops.sources (source, kind, location) values ('team', 'csv', 'x')")
    with connect(settings, "fmw_ops") as conn:
        conn.execute(
            "create function pg_temp.evil(value pg_catalog.text) returns boolean"
            " language plpgsql as $$ begin raise exception 'ran as %', current_user; end $$"
        )
        conn.execute("create domain pg_temp.text as pg_catalog.text check (pg_temp.evil(value))")
        rows = conn.execute(
            "select source from ops.request_sync(array['team']::pg_catalog.text[])"
        ).fetchall()
    assert rows == [("team",)]


def test_run_setting_by_hand_forges_nothing(settings: Any, admin: Any) -> None:
    admin.execute(
        "insert into core.features (feature_group, feature_name, source) values ('a', 'b', 'c')"
    )
    with connect(settings, "fmw_admin") as conn:
        conn.execute("set fmw.run_id = '1'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no such run being made"):
            conn.execute("update core.features set feature_name = 'off'")
        conn.execute("set fmw.run_id = ''")
        conn.execute("set fmw.effective_at = '2001-01-01'")
        conn.execute("update core.features set status = 'off'")
    row = admin.execute(
        "select run_id, changed_at > now() - interval '1 hour' from core.changes where op = 'U'"
    )
    assert row.fetchall() == [(None, True)]


@pytest.mark.parametrize("table", ["core.features", "core.name_map"])
def test_truncate_does_not_escape_the_ledger(admin: Any, table: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="ledger would not see"):
        admin.execute(f"truncate {table}")
