"""Bring a database to this release's schema: roles, pending migrations, then all current code."""

from __future__ import annotations

import locale
import sys
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from yoyo import get_backend, read_migrations

from db.connection import OWNER, admin_conninfo
from fmw.errors import DatabaseUnavailable, MigrationError
from fmw.settings import Settings, load_settings

FOLDER = Path(__file__).resolve().parent
MIGRATIONS = FOLDER / "migrations"
LOCK_KEY = 0x464D57  # "FMW": two migrations never run at once
OLDEST, NEWEST = 15, 18


def migrate(settings: Settings) -> list[str]:
    """Bring the database of `settings` up to date and return the ids of the migrations applied."""
    return migrate_database(admin_conninfo(settings))


def migrate_database(conninfo: str) -> list[str]:
    """Bring one database up to date, connecting as an administrator who may create roles.

    Safe to run at any time and twice at once. Raises `MigrationError` before anything is changed if
    this release does not fit the database, or with Postgres' own words if a statement fails.
    """
    if locale.getencoding().lower() not in {"utf-8", "utf8"} and not sys.flags.utf8_mode:
        raise MigrationError("yoyo reads files in the locale's encoding", hint="set PYTHONUTF8=1")
    migrations = read_migrations(str(MIGRATIONS))
    if not migrations or not migrations.post_apply:
        raise MigrationError(f"no migrations or no post-apply hook in {MIGRATIONS}")
    for migration in [*migrations, *migrations.post_apply]:
        if Path(migration.path).read_bytes().startswith(b"\xef\xbb\xbf"):
            raise MigrationError(
                f"{migration.path} starts with a byte-order mark", hint="save without"
            )
    try:
        _prepare(conninfo)
        applied = _apply(conninfo, migrations)
        with psycopg.connect(conninfo) as conn:
            conn.execute((FOLDER / "events.sql").read_bytes())
        return applied
    except psycopg.errors.LockNotAvailable as exc:
        raise MigrationError(
            f"somebody holds a lock on what would change: {exc}", hint="end that session, or wait"
        ) from exc
    except psycopg.OperationalError as exc:
        raise DatabaseUnavailable(f"the database does not answer: {exc}") from exc
    except psycopg.Error as exc:
        raise MigrationError(f"a migration failed and left nothing behind: {exc}") from exc


def _prepare(conninfo: str) -> None:
    """Check the server and make the roles, which belong to the cluster and not to a migration."""
    with psycopg.connect(conninfo) as conn:
        major = conn.info.server_version // 10000
        if not OLDEST <= major <= NEWEST:
            raise MigrationError(f"PostgreSQL {major} is not supported", hint="use 15 to 18")
        row = conn.execute("show server_encoding").fetchone()
        if row != ("UTF8",):
            raise MigrationError(f"the database's encoding is {row}", hint="create it with UTF8")
        conn.execute("select pg_advisory_xact_lock(%s)", [LOCK_KEY])
        conn.execute((FOLDER / "roles.sql").read_bytes())


def _apply(conninfo: str, migrations: object) -> list[str]:
    with get_backend(_yoyo_url(conninfo)) as backend:
        # A session lock of Postgres: it dies with the process, unlike yoyo's own lock table.
        backend.execute(f"select pg_advisory_lock({LOCK_KEY})")
        unknown = set(backend.get_applied_migration_hashes()) - {m.hash for m in migrations}  # type: ignore[attr-defined]
        if unknown:
            raise MigrationError(
                f"the database has {len(unknown)} migrations this release lacks",
                hint="install the newer release; going back means restoring a backup",
            )
        pending = backend.to_apply(migrations)
        backend.apply_migrations_only(pending)
        backend.run_post_apply(migrations)  # always; yoyo alone: only if pending
    return [migration.id for migration in pending]


def _yoyo_url(conninfo: str) -> str:
    """Return yoyo's URL for a conninfo: everything as arguments, as the owner, tables in public."""
    parts = {
        key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None
    }
    database = parts.pop("dbname", "")
    options = f"{parts.pop('options', '')} -c role={OWNER} -c lock_timeout=5s".strip()
    arguments = parts | {"options": options, "schema": "public", "application_name": "fmw-migrate"}
    return f"postgresql+psycopg:///{database}?{urlencode(arguments)}"


if __name__ == "__main__":
    for migration_id in migrate(load_settings()):
        sys.stdout.write(f"applied {migration_id}\n")
