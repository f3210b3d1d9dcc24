"""Drop the embedded database of this folder, whatever is in it: `just db-reset`."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db import embedded
from fmw.settings import load_settings


def main() -> None:
    """Refuse where a database is set: only the embedded one may be thrown away like this."""
    settings = load_settings()
    if settings.database_url:
        raise SystemExit("database_url is set; only an embedded database is reset like this")
    server = embedded.start(settings.path(settings.var) / "postgres")
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as conn:
        name = sql.Identifier(embedded.DATABASE)
        conn.execute(sql.SQL("drop database {} with (force)").format(name))


if __name__ == "__main__":
    main()
