"""A Postgres that a test may stop, with features and the files of its snapshot."""

from __future__ import annotations

from pathlib import Path

import psycopg

from db import embedded
from db.connection import ETL, connect
from db.migrate import migrate_database
from etl.snapshots import write_snapshot
from fmw.settings import Settings

FILL = """
insert into core.features (kind, feature_group, feature_name, environment, status, owner, source,
    title, description, since, attributes)
select
    (array['feature', 'policy'])[1 + n % 2],
    (array['결제', 'User Login', '알림/푸시'])[1 + n % 3],
    '기능 ' || n,
    'all',
    (array['운영', '중지', '검토'])[1 + n % 3],
    (array[null, '정산', 'Ops, "A"'])[1 + n % 3],
    'one',
    (array['=1+1', E'두\n줄', 'a\\b', '100%_a*'])[1 + n % 4],
    case when n % 5 > 0 then 'About ' || n end,
    case when n % 4 > 0 then '2024-01-' || lpad((1 + n % 28)::text, 2, '0') end,
    (array['{"team": {"name": "정산"}, "tags": ["a", "b"], "n": 1}', '{"team": {"name": "A\\\\B"}}',
        '{}', '{"n": -3, "on": true, "none": null, "a b/c": "x"}']::jsonb[])[1 + n % 4]
from generate_series(1, 120) as n
"""


class Own:
    """A Postgres of its own, filled, with the files of its snapshot."""

    def __init__(self, home: Path) -> None:
        self._postgres = home / "postgres"
        conninfo = self.start()
        migrate_database(conninfo)
        self.settings = Settings(
            home=home, database_url=conninfo, gateway_pool=4, gateway_pool_timeout=10.0
        )
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute("insert into ops.sources (source, kind, location) values ('one', '', '')")
            conn.execute(FILL.encode())
            conn.execute("select core.set_alias('feature_group', 'pay', '결제')")
            conn.execute("select ops.refresh()")
        self.write()

    def write(self) -> Path:
        with connect(self.settings, ETL) as conn:
            path = write_snapshot(conn, self.settings)
        assert path
        return path

    def start(self) -> str:
        return embedded.start(self._postgres)

    def stop(self) -> None:
        embedded.stop(self._postgres)
