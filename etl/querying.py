"""Databases of others: the result of a query, as a CSV file."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict

from etl.declaration import Source
from etl.reading import File
from fmw.errors import SourceAway, SourceError

ROWS = 2000
"""Rows the driver brings at a time."""
GRACE = 2.0
"""Seconds a server has to say itself that a query took too long."""
INTERVAL = 0.1
"""Seconds after which a wait can be interrupted."""
T = TypeVar("T")


def export(source: Source, folder: Path) -> File:
    """Write the result of `source.query` to a CSV file in `folder` and return it.

    Reads only; Postgres streams it by COPY, other databases through a cursor on the server. Raises
    `SourceError` if the query fails, `SourceAway` if the database does not answer or is too slow.
    """
    address = os.environ.get(source.dsn_env or "")
    if not address:
        raise SourceError(
            f"source {source.name}: the variable {source.dsn_env} is not set",
            hint="set it to the database's address for the service that runs the sync",
        )
    secrets = _secrets(source, address)
    path = folder / "result.csv"
    try:
        with path.open("wb") as stream:
            blocks = _copy(source, address) if _is_libpq(address) else _cursor(source, address)
            with closing(blocks):
                for block in _bounded(source, blocks):
                    stream.write(block)
    except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError, ImportError) as exc:
        is_away = isinstance(exc, psycopg.OperationalError | sqlalchemy.exc.OperationalError)
        said = str(exc).strip()
        for secret in secrets:
            said = said.replace(secret, "***")
        raise (SourceAway if is_away else SourceError)(
            f"source {source.name}: {said}", hint="check dsn_env and query"
        ) from exc
    return File(f"{source.name}.csv", path)


def _secrets(source: Source, address: str) -> list[str]:
    """Return what of the address must not be told; refuse one that cannot be taken apart."""
    try:
        if not _is_libpq(address):
            return [p for p in [sqlalchemy.make_url(address).password] if isinstance(p, str) and p]
        parts = {name: str(value) for name, value in conninfo_to_dict(address).items()}
        if "@" in parts.get("host", ""):
            raise ValueError("an @ that is not the one before the host")
    except (ValueError, psycopg.Error, sqlalchemy.exc.ArgumentError):
        raise SourceError(
            f"source {source.name}: what {source.dsn_env} holds is no valid address",
            hint="postgresql://user@host/name or key=value pairs; @ in a password is %40",
        ) from None
    return [parts[name] for name in ("password", "sslpassword") if parts.get(name)]


def _is_libpq(address: str) -> bool:
    return "://" not in address or address.startswith(("postgresql://", "postgres://"))


def _copy(source: Source, address: str) -> Generator[bytes]:
    query = source.query.strip().rstrip(";")
    with _Bounded.connect(address, connect_timeout=max(2, int(source.timeout))) as conn:
        conn.ends = time.monotonic() + source.max_seconds + GRACE
        conn.read_only = True
        conn.execute(sql.SQL("set statement_timeout = {}").format(int(source.max_seconds * 1000)))
        command = sql.SQL("copy ({}\n) to stdout (format csv, header, encoding 'utf8')")
        with conn.cursor().copy(command.format(sql.SQL(query))) as copy:
            yield from map(bytes, copy)


class _Bounded(psycopg.Connection[Any]):
    """A connection that gives a server up which says nothing any more, not even that it is late."""

    ends: float | None = None
    """Time of the monotonic clock until which answers are awaited."""

    def wait(self, gen: PQGen[T], interval: float = INTERVAL, timeout: float | None = None) -> T:
        """Wait for an answer; raises `OperationalError` when the time is over."""
        if self.ends is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.ends - time.monotonic())
        except psycopg.OperationalError as exc:
            if time.monotonic() < self.ends:
                raise
            self.pgconn.finish()  # a farewell would be waited for, too
            raise psycopg.OperationalError("the server does not answer any more") from exc


def _cursor(source: Source, address: str) -> Generator[bytes]:
    engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
    query = sqlalchemy.text(source.query.strip().rstrip(";"))
    with (
        engine.connect() as conn,
        closing(conn.execute(query, execution_options={"yield_per": ROWS})) as rows,
    ):
        yield _line(rows.keys())
        for part in rows.partitions():
            yield b"".join(_line(map(_text, row)) for row in part)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


class _Lines:
    """A file that keeps the line written last."""

    line = ""

    def write(self, text: str) -> None:
        self.line = text


def _line(cells: Iterable[Any]) -> bytes:
    lines = _Lines()
    csv.writer(lines, lineterminator="\n").writerow(list(cells))
    return lines.line.encode(errors="surrogatepass")


def _bounded(source: Source, blocks: Iterator[bytes]) -> Iterator[bytes]:
    ends, left = time.monotonic() + source.max_seconds, source.max_megabytes << 20
    for block in blocks:
        left -= len(block)
        if left < 0 or time.monotonic() > ends:
            limit = "max_megabytes" if left < 0 else "max_seconds"
            raise (SourceError if left < 0 else SourceAway)(
                f"source {source.name}: the result is over {limit} = {getattr(source, limit)}",
                hint=f"narrow the query, or raise {limit}",
            )
        yield block
