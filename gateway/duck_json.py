"""JSON in DuckDB, with the meaning it has in Postgres' jsonb."""

from __future__ import annotations

import msgspec
from sqlglot import exp

from gateway.trees import call, join, literal


def path_of(key: str | int) -> str:
    """Return the way from a value to one inside: a pointer to a key, a path to an element."""
    if isinstance(key, int):
        return f"$[{key}]" if key >= 0 else f"$[#{key}]"
    return "/" + key.replace("~", "~0").replace("/", "~1")


def contains(target: exp.Expression, needle: object) -> exp.Expression:
    """Return the condition that `target @> needle`, for a needle that is known."""
    if isinstance(needle, dict):
        parts = [contains(_inside(target, key), value) for key, value in needle.items()]
        return _all(_is_a(target, "OBJECT"), *parts)
    if isinstance(needle, list):
        return _all(_is_a(target, "ARRAY"), *(_has_element(target, part) for part in needle))
    if needle is None:
        return _is_a(target, "NULL")
    text = exp.cast(call("json", target.copy()), "text")
    return exp.EQ(this=text, expression=literal(msgspec.json.encode(needle).decode()))


def _has_element(array: exp.Expression, needle: object) -> exp.Expression:
    """Return the condition that one element of a JSON array contains `needle`."""
    element = exp.column("element")
    elements = exp.cast(array.copy(), exp.DataType.build("json[]", dialect="duckdb"))
    test = exp.Lambda(this=contains(element, needle), expressions=[exp.to_identifier("element")])
    found = call("list_filter", elements, test)
    return exp.GT(this=call("len", found), expression=exp.Literal.number(0))


def _inside(target: exp.Expression, key: str) -> exp.Expression:
    return call("json_extract", target.copy(), literal(path_of(key)))


def _is_a(target: exp.Expression, kind: str) -> exp.Expression:
    return exp.EQ(this=call("json_type", target.copy()), expression=literal(kind))


def _all(*terms: exp.Expression) -> exp.Expression:
    return exp.Paren(this=join(exp.And, list(terms)))
