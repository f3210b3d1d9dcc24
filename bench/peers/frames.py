"""pandas: `to_sql` into a staging table, then MERGE."""

from __future__ import annotations

from pathlib import Path

import pandas
import sqlalchemy
from psycopg.conninfo import conninfo_to_dict

KEY = ("그룹", "기능 ID", "환경")


class Peer:
    """A table of texts with a primary key, without any history."""

    name = "pandas to_sql + merge"

    def __init__(self, conninfo: str, _folder: Path) -> None:
        """Make the engine; the table is made of the first file."""
        parts = conninfo_to_dict(conninfo)
        url = sqlalchemy.URL.create(
            "postgresql+psycopg",
            username=str(parts["user"]),
            database=str(parts["dbname"]),
            query={"host": str(parts["host"])},
        )
        self._engine = sqlalchemy.create_engine(url)

    def take(self, path: Path) -> None:
        """Stage the file and merge what differs."""
        frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
        names = [f'"{name}"' for name in frame.columns]
        key = [f'"{name}"' for name in KEY]
        rest = [name for name in names if name not in key]
        with self._engine.begin() as conn:
            frame.to_sql("bench_staging", conn, if_exists="replace", index=False)
            run = conn.exec_driver_sql
            run("create table if not exists bench_pandas (like bench_staging)")
            run(f"create unique index if not exists bench_key on bench_pandas ({', '.join(key)})")
            run("analyze bench_staging")
            run(
                "merge into bench_pandas as t using bench_staging as s on "
                + " and ".join(f"t.{name} = s.{name}" for name in key)
                + f" when matched and ({_of('t', rest)}) is distinct from ({_of('s', rest)})"
                + f" then update set {', '.join(f'{name} = s.{name}' for name in rest)}"
                + f" when not matched then insert values ({_of('s', names)})"
                + " when not matched by source then delete"
            )

    def close(self) -> None:
        """Leave the server."""
        self._engine.dispose()


def _of(table: str, names: list[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)
