"""Whatever comes in: a refusal or one SELECT, never a crash, an injection or another statement.

`python -m tests.gateway.test_fuzz 600` goes on for ten minutes, differently each time.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import psycopg
import pytest
import sqlglot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from gateway.catalog import Catalog, Column, Relation
from gateway.errors import ApiError
from gateway.requests import Call, deciding, understand
from tests.gateway.queries import Spec, encode, requests

TYPES = {
    "feature_id": ("bigint", "N"),
    "feature_group": ("text", "S"),
    "feature_name": ("text", "S"),
    "status": ("text", "S"),
    "since": ("date", "D"),
    "attributes": ("jsonb", "U"),
    "changed_at": ("timestamp with time zone", "D"),
}
SPEC = Spec(
    key="feature_id",
    texts={
        "feature_group": ["결제", "User Login"],
        "feature_name": ["환불", 'a\\b "c", d\ne', "=1+1"],
        "status": ["운영", "중지"],
    },
    numbers={},
    moments={"since": ["2024-01-01", "today"], "changed_at": ["2025-01-02 03:04:05+00", "now"]},
    json={"attributes": [("attributes->team->>name", ["정산"]), ("attributes->>n", ["-3"])]},
)
FUNCTIONS = {
    *("row_to_json", "json_strip_nulls", "json_build_object", "json_agg", "json_build_array"),
    "group_concat",  # string_agg, as sqlglot calls it
    *("lower", "concat_ws", "str_position"),  # of strpos
    *("coalesce", "to_jsonb", "regexp_replace", "translate", "count", "sum", "avg", "min", "max"),
}
"""All that a request can make Postgres call."""
NAMES = {*TYPES, "features", "snapshot", "sample", "row", "value", "count"}
NAMES |= {"snapshot_version", "refreshed_at", "checked_at"}
FRAGMENTS = (
    *("select=", "order=", "or=", "and=", "not.or=", "limit=", "offset=", "facets=", "q="),
    *("cursor=", "distinct=1", "format=", "filename=", "feature_id=", "status=", "&", "bom=1"),
    *("attributes->", "eq.", "in.(", "is.null", "like(any).", "cs.", "not.", "(", ")", "{", "}"),
    *('"', "\\", ",", ".", "::text", "::", "count()", "->>", "*", "-", "';drop table x;--", "$1"),
    *("%25", "$$", "E'\\", "pg_sleep(9)", "한", "\x01", "\n", "0", "9" * 20, "a", "status.desc"),
    *("json", "xlsx"),
)


def catalog() -> Catalog:
    columns = {
        name: Column(
            name=name, type=kind, category=category, is_json=kind == "jsonb", may_break_lines=False
        )
        for name, (kind, category) in TYPES.items()
    }
    names = ("snapshot_version", "refreshed_at", "checked_at")
    text = next(iter(columns.values()))
    shown = dict.fromkeys(names, text)
    features = Relation(
        schema="sample", name="features", comment=None, estimate=6, is_stored=True,
        columns=columns, key=("feature_id",),
    )  # fmt: skip
    snapshot = Relation(
        schema="sample", name="snapshot", comment=None, estimate=1, is_stored=False,
        columns=shown, key=(),
    )  # fmt: skip
    relations = {"features": features, "snapshot": snapshot}
    return Catalog(schema="sample", relations=relations, groups={})


CATALOG = catalog()
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=12).map("".join)
escaped = texts.map(lambda text: quote_from_bytes(text.encode("utf-8", "replace"), safe="&="))
raw = st.binary(max_size=40) | escaped.map(str.encode)
sensible = requests(SPEC).map(lambda pairs: encode(pairs).encode())
queries = raw | sensible | st.builds(lambda a, b: a + b"&" + b, sensible, raw)


def statements(query: bytes, accept: str) -> list[bytes]:
    """What would be sent to Postgres; raises `ApiError`."""
    call = Call(
        headers=deciding({"accept": accept, "prefer": "count=exact, timezone=Asia/Seoul"}),
        path="/api/v1/features", name="features", query_string=query, has_body=True,
        default="csv", max_rows=0,
    )  # fmt: skip
    task = understand(CATALOG, call).task
    rows = task.rows or b""
    if rows.startswith(b"copy ("):
        rows = rows.removeprefix(b"copy (").rpartition(b") to stdout with (")[0]
    return [*task.asks.values(), rows]


def check(query: bytes, accept: str) -> bool:
    """Whether the query is understood; fails if what it becomes is not a plain SELECT."""
    found, refused = list[bytes](), None
    try:
        found = statements(query, accept)
    except ApiError as exc:
        refused = exc
    assert refused is None or refused.status in (400, 404, 406, 416), refused
    for statement in found:
        [tree] = sqlglot.parse(statement.decode(), read="postgres")
        assert isinstance(tree, exp.Select), tree
        outputs = {output.alias for output in tree.find_all(exp.Alias)}
        for name in tree.find_all(exp.Identifier):
            assert name.name in NAMES | outputs, name.name
        for function in tree.find_all(exp.Func):
            called = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
            is_operator = isinstance(function, exp.Binary | exp.Predicate | exp.Cast | exp.Case)
            assert is_operator or called.lower() in FUNCTIONS | OPERATORS, called
        forbidden = exp.Command, exp.Into, exp.Insert, exp.Update, exp.Delete, exp.Placeholder
        assert not any(tree.find_all(*forbidden))
    return refused is None


OPERATORS = {"json_extract", "json_extract_scalar", "array_contains_all", "array_overlaps"}
OPERATORS |= {"regexp_like", "regexp_ilike", "and", "or", "any", "all"}
EXPECTED = ("42883", "42804", "42846", "2201B")
ACCEPTS = ("*/*", "application/json", "application/vnd.pgrst.array+json;nulls=stripped")
FEW = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@FEW
@given(query=queries, accept=st.sampled_from(ACCEPTS))
def test_a_refusal_or_a_select(query: bytes, accept: str) -> None:
    check(query, accept)


@pytest.fixture(scope="module")
def reader(sample: str) -> Any:
    """A connection as the gateway has it."""
    with psycopg.connect(sample, autocommit=True) as conn:
        conn.execute("set role sample_reader")
        conn.execute("set search_path = sample; set statement_timeout = '1s'")
        yield conn


@FEW
@given(query=queries, accept=st.sampled_from(ACCEPTS))
def test_postgres_understands_it(reader: psycopg.Connection, query: bytes, accept: str) -> None:
    found = list[bytes]()
    with contextlib.suppress(ApiError):
        found = statements(query, accept)
    for statement in found:
        error = None
        try:
            reader.execute(statement)
        except psycopg.Error as exc:
            error = exc
        # values that are none of their type, operators that a type does not have
        state = (error.sqlstate if error else None) or "22"
        assert state.startswith("22") or state in EXPECTED, f"{error}: {statement!r}"


def main(seconds: float) -> None:
    """Go on until the time is over."""
    ends, counts = time.monotonic() + seconds, {True: 0, False: 0}

    def body(query: bytes, accept: str) -> None:
        counts[check(query, accept)] += 1

    many = settings(
        max_examples=5000,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run: Callable[[], None] = many(given(query=queries, accept=st.sampled_from(ACCEPTS))(body))
    while time.monotonic() < ends:
        run()
        sys.stdout.write(f"{counts[True]} understood, {counts[False]} refused\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))
