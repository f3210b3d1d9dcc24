"""Connections: which database, as which role, and what a failure to connect means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from db import embedded
from fmw.errors import DatabaseUnavailable, SettingsError
from fmw.settings import Settings

OWNER = "fmw_owner"
ETL = "fmw_etl"
READER = "fmw_reader"
OPS = "fmw_ops"
LOG = "fmw_log"

_NOTICED = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""By libpq's names; within a minute."""


def admin_conninfo(settings: Settings) -> str:
    """Return how an administrator reaches the database; starts the embedded one if none is set."""
    if settings.database_url:
        try:
            conninfo_to_dict(settings.database_url)
        except psycopg.ProgrammingError as exc:
            raise SettingsError(
                f"database_url is not a libpq URL: {exc}", hint="postgresql://host:5432/fmw"
            ) from exc
        return settings.database_url
    return embedded.start(settings.path(settings.var) / "postgres")


def conninfo(settings: Settings, role: str) -> str:
    """Return how `role` reaches the database: its own login, or `set role` if a user is given."""
    base = admin_conninfo(settings)
    parts = conninfo_to_dict(base)
    extra: dict[str, Any] = {"application_name": role.replace("_", "-")}
    if not settings.database_url or not parts.get("user"):
        extra["user"] = role
    elif parts["user"] != role:
        extra["options"] = f"{parts.get('options') or ''} -c role={role}".strip()
    return make_conninfo(base, connect_timeout=parts.get("connect_timeout") or 5, **extra)


def _watchful(conninfo: str) -> str:
    """Return the same, and when to give up a server that went without a word, if not said."""
    parts = conninfo_to_dict(conninfo)
    more: dict[str, Any] = {name: value for name, value in _NOTICED.items() if name not in parts}
    return make_conninfo(conninfo, **more)


@contextmanager
def connect(settings: Settings, role: str) -> Iterator[psycopg.Connection]:
    """Open one autocommit connection as `role`.

    Raises `DatabaseUnavailable` if nobody answers, or if Postgres breaks off while it is used: then
    whatever statement was under way was rolled back.
    """
    try:
        conn = psycopg.connect(_watchful(conninfo(settings, role)), autocommit=True)
    except psycopg.OperationalError as exc:
        missing = "does not exist" in str(exc)
        raise DatabaseUnavailable(
            f"cannot connect as {role}: {exc}",
            hint="make the database's roles and tables: `fmw migrate`"
            if missing
            else "is Postgres running, and database_url right?",
        ) from exc
    with conn:
        try:
            _take_settings(conn, role)
            yield conn
        except psycopg.Error as exc:
            # A COPY that is broken off does not always say so by an OperationalError, and the
            # refusals of our own functions (FM...) are some, too.
            refused = (exc.sqlstate or "").startswith("FM")
            if is_lost(conn) or (isinstance(exc, psycopg.OperationalError) and not refused):
                raise DatabaseUnavailable(
                    f"the database broke off: {exc}", hint="nothing is half done; try again"
                ) from exc
            raise


def is_lost(conn: psycopg.Connection) -> bool:
    """Whether nothing can be said on a connection any more."""
    return conn.closed or conn.broken


def open_pool(
    settings: Settings,
    role: str,
    size: int,
    configure: Callable[[psycopg.Connection], None] | None = None,
    **options: Any,
) -> ConnectionPool:
    """Open a pool of `size` autocommit connections as `role`; it reconnects by itself."""

    def prepare(conn: psycopg.Connection) -> None:
        _take_settings(conn, role)
        if configure:
            configure(conn)

    return ConnectionPool(
        _watchful(conninfo(settings, role)),
        min_size=options.pop("min_size", 1),
        max_size=size,
        kwargs={"autocommit": True},
        configure=prepare,
        open=True,
        **options,
    )


def _take_settings(conn: psycopg.Connection, role: str) -> None:
    """Give a connection the limits of `role`, as a login of its own would have had them.

    What the connection string sets stays, and what only a superuser may set is left out.
    """
    conn.execute(
        "select set_config(s.name, s.value, false)"
        " from pg_db_role_setting as r"
        " cross join unnest(r.setconfig) as config (entry)"
        " cross join lateral (select split_part(entry, '=', 1) as name,"
        " substr(entry, strpos(entry, '=') + 1) as value) as s"
        " left join pg_settings as present on present.name = s.name"
        " where r.setdatabase = 0 and r.setrole = to_regrole(%s) and session_user <> %s"
        " and (present.name is null"
        " or (present.context = 'user' and present.source not in ('client', 'command line')))",
        [role, role],
    )
