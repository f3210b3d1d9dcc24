"""The catalog as documentation: everything is described, and every file of db/code is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from db.description import describe_schema
from etl.declaration import FIELDS
from tests.files import ROOT

CODE = Path(__file__).resolve().parents[2] / "db" / "code"
CREATE = (
    r"^create (?:or replace )?(?:function|aggregate|(?:materialized )?view)(?: if not exists)?"
    r" (\w+\.\w+)"
)
SAID_BY_NAME = {"run_id", "issue_id", "only_row"}
"""Columns of the contract whose name says all."""
OURS = ("raw", "core", "ops", "api")


def test_every_relation_and_function_has_a_comment(admin: Any) -> None:
    bare = admin.execute(
        """
        select c.oid::regclass::text from pg_class as c
        where c.relnamespace = any(%s::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm')
            and obj_description(c.oid, 'pg_class') is null
        union all
        select p.oid::regprocedure::text from pg_proc as p
        where p.pronamespace = any(%s::regnamespace[]) and obj_description(p.oid, 'pg_proc') is null
        """,
        [list(OURS), list(OURS)],
    ).fetchall()
    assert bare == []


def test_the_reference_describes_this_schema(admin: Any) -> None:
    page = (ROOT / "docs" / "reference" / "schema.md").read_text(encoding="utf-8")
    assert describe_schema(admin) in page, "run `just docs`"


def test_columns_of_the_contract_are_documented_where_the_name_does_not_say_it(admin: Any) -> None:
    """A column that several views share is documented in one of them at least."""
    rows = admin.execute(
        """
        select a.attname from pg_attribute as a
        inner join pg_class as c on c.oid = a.attrelid
        where c.relnamespace in ('api'::regnamespace, 'ops'::regnamespace)
            and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
        group by a.attname
        having not bool_or(col_description(a.attrelid, a.attnum) is not null)
        """
    ).fetchall()
    assert {name for (name,) in rows} - SAID_BY_NAME == set()


def test_code_folder_and_catalog_agree(admin: Any) -> None:
    """A definition deleted only as a file, or left behind under an old signature, shows here."""
    rows = admin.execute(
        """
        select n.nspname || '.' || p.proname, count(*) from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%s) group by 1
        union all
        select n.nspname || '.' || c.relname, count(*) from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = any(%s) and c.relkind in ('v', 'm') group by 1
        """,
        [list(OURS), list(OURS)],
    ).fetchall()
    defined = re.findall(
        CREATE,
        "\n".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.sql")),
        re.MULTILINE,
    )
    assert sorted(name for name, _ in rows) == sorted(defined)
    assert [name for name, number in rows if number > 1] == []


def test_materialized_views_hold_the_columns_of_their_plain_views(admin: Any) -> None:
    """Adding a column to the plain view does not reach the materialized view by itself."""
    query = (
        "select array_agg(attname::text order by attnum) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0"
    )
    for name in ("features", "groups", "daily_counts"):
        plain = admin.execute(query, [f"core.current_{name}"]).fetchone()
        assert admin.execute(query, [f"api.{name}"]).fetchone() == plain


def test_mapped_fields_are_those_of_the_declaration(admin: Any) -> None:
    rows = admin.execute('select name from core.mapped_fields() order by "position"').fetchall()
    assert tuple(name for (name,) in rows) == FIELDS


def test_plain_views_of_the_contract_name_their_key(admin: Any) -> None:
    rows = admin.execute(
        "select c.relname, obj_description(c.oid, 'pg_class') from pg_class as c"
        " where c.relnamespace in ('api'::regnamespace, 'ops'::regnamespace) and c.relkind = 'v'"
    ).fetchall()
    assert [name for name, comment in rows if not re.search(r"\nKey: \w+(, \w+)*$", comment)] == []


def test_identity_hash_is_inlined(admin: Any) -> None:
    """Not inlined it would cost three times as much per row."""
    plan = admin.execute(
        "explain (verbose) select"
        " core.identity_hash(kind, feature_group, feature_name, environment) from core.features"
    ).fetchall()
    assert "core.identity_hash" not in str(plan)
    assert "sha256" in str(plan)
