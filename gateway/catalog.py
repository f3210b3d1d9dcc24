"""What the exposed schema holds: relations, columns and keys, as Postgres' catalog says."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from gateway.errors import ApiError
from gateway.filters import meant

_RELATIONS = """
select
    c.relname as name,
    c.reltuples::bigint as estimate,
    c.relkind = 'm' as is_stored,
    obj_description(c.oid, 'pg_class') as comment,
    columns.list as columns,
    computed.list as computed,
    key.list as key,
    sources.past,
    sources.search,
    sources.search_comment
from pg_catalog.pg_class as c
cross join lateral (
    select
        coalesce(
            json_agg(
                json_build_object(
                    'name', a.attname,
                    'type', format_type(a.atttypid, a.atttypmod),
                    'comment', col_description(c.oid, a.attnum),
                    'category', t.typcategory,
                    'is_json', a.atttypid in ('json'::regtype, 'jsonb'::regtype),
                    'may_break_lines', a.atttypid in ('json'::regtype, 'json[]'::regtype)
                        or t.typtype in ('c', 'd') or t.typcategory = 'C'
                )
                order by a.attnum
            ),
            '[]'
        ) as list
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
) as columns
cross join lateral (
    select
        coalesce(
            json_agg(
                json_build_object(
                    'name', p.proname,
                    'type', format_type(p.prorettype, null),
                    'category', t.typcategory,
                    'is_json', p.prorettype in ('json'::regtype, 'jsonb'::regtype),
                    'may_break_lines', p.prorettype in ('json'::regtype, 'json[]'::regtype)
                        or t.typtype in ('c', 'd') or t.typcategory = 'C'
                )
            ),
            '[]'
        ) as list
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_type as t on t.oid = p.prorettype
    where p.pronamespace = c.relnamespace and p.pronargs = 1 and p.proargtypes[0] = c.reltype
        and p.prokind = 'f' and not p.proretset and p.provolatile in ('i', 's')
        and has_function_privilege(p.oid, 'execute')
) as computed
cross join lateral (
    select
        max(p.proname::text) filter (
            where p.proname = c.relname || '_as_of'
                and p.proargtypes[0] = 'timestamptz'::regtype
        ) as past,
        max(p.proname::text) filter (
            where p.proname = 'search_' || c.relname and p.proargtypes[0] = 'text'::regtype
        ) as search,
        max(obj_description(p.oid, 'pg_proc')) filter (
            where p.proname = 'search_' || c.relname and p.proargtypes[0] = 'text'::regtype
        ) as search_comment
    from pg_catalog.pg_proc as p
    where p.pronamespace = c.relnamespace and p.proretset and p.prorettype = c.reltype
        and p.pronargs - p.pronargdefaults = 1 and has_function_privilege(p.oid, 'execute')
) as sources
left join lateral (
    select
        (
            select array_agg(a.attname::text order by part.position)
            from unnest(i.indkey::int2[]) with ordinality as part (attnum, position)
            join pg_catalog.pg_attribute as a
                on a.attrelid = c.oid and a.attnum = part.attnum
            where part.position <= i.indnkeyatts
        ) as list
    from pg_catalog.pg_index as i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null
        and not (0 = any (i.indkey::int2[]))
        -- rows without a value are not told apart; of stored views nobody knows
        and (c.relkind = 'm' or not exists (
            select from pg_catalog.pg_attribute as a
            where a.attrelid = c.oid and a.attnum = any (i.indkey::int2[]) and not a.attnotnull
        ))
    order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
    limit 1
) as key on true
where c.relnamespace = (select n.oid from pg_catalog.pg_namespace as n where n.nspname = %s)
    and c.relkind in ('r', 'v', 'm', 'f', 'p')
    and has_table_privilege(c.oid, 'select')
"""
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200d\u2060\ufeff]")


_GROUP_NAMES: LiteralString = """
select feature_group from {}.groups where feature_group is not null
"""
_GROUP_ALIASES: LiteralString = """
select alias, standard from {}.aliases where domain = 'feature_group'
"""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column as the client may use it."""

    name: str
    type: str
    category: str
    """Postgres' typcategory: S text, N number, D date or time, B boolean..."""
    is_json: bool
    comment: str | None = None
    may_break_lines: bool
    """Its JSON text may hold line breaks (type json keeps the text as it was stored)."""


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table, view or materialized view that the role may read."""

    schema: str
    name: str
    comment: str | None
    estimate: int
    """Rows as of the last ANALYZE; 0 or -1 when nobody knows (plain views)."""
    is_stored: bool
    """A materialized view: its rows change when it is refreshed, and only then."""
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    """Columns that identify a row, the first never null; empty if the database does not say."""
    computed: Mapping[str, Column] = {}
    """What a function makes of a row: `name(view)`, to be named like a column; not part of `*`."""
    past: str = ""
    """The function that returns its rows as of a moment; empty = there is none."""
    search: str = ""
    """The function that returns its rows in which a text is found; empty = there is none."""
    searched: tuple[str, ...] = ()
    """Columns that function looks into; empty = all texts."""
    is_file: bool = False
    """Its rows are those of a snapshot file."""

    def column(self, name: str) -> Column | None:
        """Return a column, stored or computed."""
        return self.columns.get(name) or self.computed.get(name)


class Catalog(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The exposed schema at one moment; hashed by what it is, not by what it holds."""

    schema: str
    relations: Mapping[str, Relation]
    groups: Mapping[str, str]
    """Folded name or alias of a feature group -> its standard name."""
    timezone: str = ""
    """In which instants are written, if the database says."""

    def group(self, name: str) -> str | None:
        """Return the standard name of a feature group, by its name or an alias in any case."""
        return self.groups.get(fold(name))

    def near(self, name: str) -> str | None:
        """Return the resource or group whose name looks most like `name`."""
        names = {_letters(known): known for known in self.relations}
        names |= {_letters(known): standard for known, standard in self.groups.items()}
        found = difflib.get_close_matches(_letters(name), names, n=1)
        return names[found[0]] if found else None


def _letters(name: str) -> str:
    """Return `name` with Korean syllables taken apart: 결재 is nearer to 결제 than half."""
    return unicodedata.normalize("NFD", fold(name))


def fold(name: str) -> str:
    """Return `name` as names are compared: NFKC, no case, single spaces, nothing invisible."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    return " ".join(visible.casefold().split())


def has_columns(relation: Relation | None, *names: str) -> bool:
    """Whether `relation` exists and has all the named columns."""
    return relation is not None and set(names) <= relation.columns.keys()


def load_catalog(conn: psycopg.Connection[Any], schema: str) -> Catalog:
    """Read the catalog of `schema` as the connection's role sees it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_RELATIONS, (schema,)).fetchall()
    relations = {row["name"]: _relation(schema, row) for row in rows}
    return Catalog(
        schema=schema,
        relations=relations,
        groups=_groups(conn, relations),
        timezone=conn.info.parameter_status("TimeZone") or "",
    )


def _relation(schema: str, row: Mapping[str, Any]) -> Relation:
    columns = {column["name"]: Column(**column) for column in row["columns"]}
    return Relation(
        schema=schema,
        name=row["name"],
        comment=row["comment"],
        estimate=row["estimate"],
        is_stored=row["is_stored"],
        columns=columns,
        computed={column["name"]: Column(**column) for column in row["computed"]},
        past=row["past"] or "",
        search=row["search"] or "",
        searched=_named("Columns", row["search_comment"], columns),
        key=tuple(row["key"] or _named("Key", row["comment"], columns)),
    )


def _named(what: str, comment: str | None, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Return the columns that the last line of a comment names, as in `Key: a, b`."""
    said = re.search(rf"^{what}:\s*(.+?)\.?\s*\Z", comment or "", re.MULTILINE)
    named = tuple(part.strip() for part in said[1].split(",")) if said else ()
    return named if set(named) <= columns.keys() else ()


def _groups(conn: psycopg.Connection[Any], relations: Mapping[str, Relation]) -> dict[str, str]:
    if not all(
        has_columns(relations.get(name), "feature_group") for name in ("features", "groups")
    ):
        return {}
    schema = sql.Identifier(relations["groups"].schema)
    names = conn.execute(sql.SQL(_GROUP_NAMES).format(schema)).fetchall()
    groups = {fold(name): name for (name,) in names}
    if has_columns(relations.get("aliases"), "domain", "alias", "standard"):
        aliases = conn.execute(sql.SQL(_GROUP_ALIASES).format(schema)).fetchall()
        groups = {fold(alias): standard for alias, standard in aliases} | groups
    return groups


def unknown_column(relation: Relation, name: str) -> ApiError:
    """Return the refusal of a column that `relation` does not have."""
    near = difflib.get_close_matches(name, list(relation.columns), n=1)
    perhaps = [f"the column '{column}'" for column in near]
    perhaps += filter(None, [meant(name)])
    hint = "Perhaps you meant " + " or ".join(perhaps) if perhaps else None
    hint = hint or "It has " + ", ".join(relation.columns)
    message = f"column {relation.name}.{name} does not exist"
    return ApiError(400, "42703", message, hint=hint)
