"""The features that the gateway and its rivals are asked for, and a Postgres that holds them.

Rows are Korean and English: 430 bytes as CSV, 590 as JSON, 200 to a group; three in five of them
have the status that is asked for. The schema `bench` is one the gateway knows: groups are paths,
`snapshot` makes validators.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench.installation import settle
from db import embedded

GROUP = 200
"""Rows of a group."""
STATUS = "운영"
PAGE = 50
"""Rows of a short query."""

_FILL = """
create schema bench;
create materialized view bench.features as
select
    n::bigint as feature_id,
    'feature' as kind,
    case (n - 1) / {group} % 3 when 0 then '그룹 ' else 'Group ' end
    || lpad(((n - 1) / {group})::text, 5, '0') as feature_group,
    '기능 이름 ' || n as feature_name,
    'all' as environment,
    (array['운영', '중지', '운영', '검토', '운영'])[n % 5 + 1] as status,
    '담당 ' || n % 40 as owner,
    date '2024-01-01' + n % 700 as since,
    '제목 ' || n || ' "따옴표", 쉼표' as title,
    repeat('설명은 짧지 않다. ', 7) || n as description,
    'https://wiki.example/features/' || n as url,
    jsonb_build_object('team', 'team-' || n % 30, 'priority', n % 5, 'tags', array['a', 'b'])
        as attributes,
    'bench' as source,
    timestamptz '2025-01-01' + n * interval '1 minute' as changed_at
from generate_series(1, {rows}) as n;
create unique index on bench.features (feature_id);
create index on bench.features (feature_group, feature_name);
create view bench.groups as
select feature_group, count(*) as features from bench.features group by feature_group;
create view bench.snapshot as
select
    1::bigint as snapshot_version,
    timestamptz '2025-01-01' as refreshed_at,
    timestamptz '2025-01-01' as checked_at;
analyze bench.features;
"""


@contextmanager
def filled(rows: int) -> Iterator[str]:
    """Start a Postgres with so many features and yield the conninfo of its superuser."""
    with tempfile.TemporaryDirectory(prefix="fmw-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postgres does not run as root
        conninfo = embedded.start(folder / "postgres")
        try:
            with psycopg.connect(conninfo, autocommit=True) as admin:
                admin.execute(_FILL.format(rows=rows, group=GROUP).encode())
                settle(admin)
            yield conninfo
        finally:
            embedded.stop(folder / "postgres")


def groups(conninfo: str, count: int) -> list[str]:
    """Return the names of that many groups, spread over all of them."""
    with psycopg.connect(conninfo) as conn:
        names = [name for (name,) in conn.execute("select feature_group from bench.groups")]
    return sorted(names)[:: max(1, len(names) // count)][:count]


def group_path(group: str, form: str) -> str:
    """Return where the gateway has the features of a group."""
    return f"/api/v1/{quote(group)}?format={form}"


def query_path(group: str, form: str) -> str:
    """Return a filtered and ordered page of it."""
    where = f"feature_group=eq.{quote(group)}&status=eq.{quote(STATUS)}"
    return f"/api/v1/features?{where}&order=changed_at.desc&limit={PAGE}&format={form}"
