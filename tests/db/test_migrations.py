"""Migrating: from nothing, again, in two at once, and refusing what does not fit."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from db.migrate import MIGRATIONS, migrate, migrate_database
from fmw.errors import DatabaseUnavailable, MigrationError
from fmw.settings import Settings

DUMP = """
select string_agg(definition, E'\n' order by definition) from (
    select pg_get_functiondef(p.oid) as definition from pg_proc as p
    where p.pronamespace in ('core'::regnamespace, 'ops'::regnamespace) and p.prokind = 'f'
    union all
    select c.oid::regclass || pg_get_viewdef(c.oid) || coalesce(c.relacl::text, '')
    from pg_class as c
    where c.relkind in ('v', 'm') and c.relnamespace::regnamespace::text in ('core', 'ops', 'api')
) as d
"""


def test_again_applies_nothing_and_changes_nothing(settings: Settings, admin: Any) -> None:
    before = admin.execute(DUMP).fetchone()
    assert migrate(settings) == []
    assert admin.execute(DUMP).fetchone() == before


def test_two_at_once_both_succeed(settings: Settings) -> None:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(migrate(settings))
        except Exception as exc:
            results.append(exc)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[], []]


def test_newer_database_is_refused(settings: Settings, admin: Any) -> None:
    admin.execute(
        "insert into public._yoyo_migration (migration_hash, migration_id, applied_at_utc)"
        " values ('feed', '9999-from-the-future', now())"
    )
    with pytest.raises(MigrationError, match="lacks"):
        migrate(settings)


def test_broken_code_leaves_the_old_code(
    settings: Settings, admin: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    before = admin.execute(DUMP).fetchone()
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in MIGRATIONS.glob("0*.sql"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "post-apply.py").write_text(
        "from yoyo import step\n"
        "step('create or replace function core.fold(value text) returns text'\n"
        "     ' language sql return null')\n"
        "step('select nonsense')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("db.migrate.MIGRATIONS", folder)
    with pytest.raises(MigrationError, match="nonsense"):
        migrate(settings)
    assert admin.execute(DUMP).fetchone() == before


def test_missing_folder_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("db.migrate.MIGRATIONS", tmp_path)
    with pytest.raises(MigrationError, match="no migrations"):
        migrate(settings)


def test_nobody_there_is_said_plainly(tmp_path: Any) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        migrate_database(f"host={tmp_path} dbname=none connect_timeout=2")


def test_wrong_encoding_is_refused(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute("drop database if exists fmw_ascii")
        conn.execute(
            "create database fmw_ascii template template0 encoding 'SQL_ASCII'"
            " lc_collate 'C' lc_ctype 'C'"
        )
        try:
            with pytest.raises(MigrationError, match="encoding"):
                migrate_database(psycopg.conninfo.make_conninfo(server, dbname="fmw_ascii"))
        finally:
            conn.execute("drop database fmw_ascii")
