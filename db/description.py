"""Describe the database from its own catalog: what stands in docs/reference/schema.md."""

from __future__ import annotations

import psycopg

SCHEMAS = ("api", "ops", "core", "raw")
_KINDS = {"r": "Table", "p": "Table, partitioned", "v": "View", "m": "Materialized view"}

_RELATIONS = """
select
    c.oid,
    c.relname as name,
    c.relkind::text as kind,
    coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
    array(
        select pg_get_indexdef(i.indexrelid) from pg_index as i
        where i.indrelid = c.oid and i.indisunique
        order by i.indexrelid::regclass::text
    ) as keys
from pg_class as c
where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and not c.relispartition
order by c.relname
"""
_COLUMNS = """
select
    a.attname as name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attnotnull as is_required,
    coalesce(col_description(a.attrelid, a.attnum), '') as comment
from pg_attribute as a
where a.attrelid = %s and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
_FUNCTIONS = """
select
    p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as signature,
    coalesce(pg_get_function_result(p.oid), '') as result,
    coalesce(obj_description(p.oid, 'pg_proc'), '') as comment
from pg_proc as p
where p.pronamespace = %s::regnamespace
    and has_function_privilege('fmw_admin', p.oid, 'execute')
order by p.proname
"""


def describe_schema(conn: psycopg.Connection) -> str:
    """Return the page's generated part, the same for every version of Postgres."""
    parts = []
    for schema in SCHEMAS:
        parts += [f"\n## Schema {schema}\n", _one(conn, schema), *_relations(conn, schema)]
        parts += _functions(conn, schema)
    return "\n".join([*parts, "", ""])


def _one(conn: psycopg.Connection, schema: str) -> str:
    row = conn.execute("select obj_description(%s::regnamespace)", [schema]).fetchone()
    return _plain(row[0]) if row else ""


def _relations(conn: psycopg.Connection, schema: str) -> list[str]:
    lines = []
    for oid, name, kind, comment, keys in conn.execute(_RELATIONS, [schema]).fetchall():
        lines += [f"\n### {schema}.{name}\n", f"*{_KINDS[kind]}.* {_plain(comment)}", ""]
        lines += ["| column | type | |", "|---|---|---|"]
        for column, what, is_required, meaning in conn.execute(_COLUMNS, [oid]).fetchall():
            required = ", required" if is_required else ""
            lines.append(f"| `{column}` | {what}{required} | {_plain(meaning)} |")
        if keys:
            columns = [key.partition(" USING btree (")[2].partition(")")[0] for key in keys]
            lines += ["", "Unique: " + "; ".join(f"`{names}`" for names in columns) + "."]
    return lines


def _functions(conn: psycopg.Connection, schema: str) -> list[str]:
    found = conn.execute(_FUNCTIONS, [schema]).fetchall()
    if not found:
        return []
    lines = [f"\n### Functions of {schema} that admins may call\n"]
    lines += ["| function | returns | |", "|---|---|---|"]
    for signature, result, comment in found:
        lines.append(f"| `{signature}` | {result.partition('(')[0]} | {_plain(comment)} |")
    return lines


def _plain(comment: str) -> str:
    return " ".join(comment.replace("|", "\\|").split())
