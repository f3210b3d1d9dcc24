"""Rows of DuckDB as lines of CSV and JSON, written as Postgres writes them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlglot import exp

from gateway.trees import call, literal

Value = tuple[str, exp.Expression, str]
"""Name of an output, what it is, and its type by Postgres' name."""

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_WHOLE = ("smallint", "integer", "bigint")
_JSON = ("json", "jsonb")


def csv_line(values: Sequence[Value]) -> exp.Expression:
    """Return one line of CSV as COPY writes it, without its end."""
    return _joined([_field(_text(value, kind)) for _, value, kind in values], ",")


def json_line(values: Sequence[Value]) -> exp.Expression:
    """Return one object as `row_to_json` writes it."""
    parts = []
    for name, value, kind in values:
        key = literal(msgspec.json.encode(name).decode() + ":")
        item = call("coalesce", _item(value, kind), literal("null"))
        parts.append(call("concat", key, item))
    return call("concat", literal("{"), _joined(parts, ","), literal("}"))


def _joined(parts: Sequence[exp.Expression], separator: str) -> exp.Expression:
    between = [part for item in parts for part in (literal(separator), item)]
    return call("concat", *between[1:])


def _text(value: exp.Expression, kind: str) -> exp.Expression:
    """Return a value as text; null stays null."""
    text = exp.cast(value.copy(), "text")
    if kind == "boolean":
        return exp.Case(
            ifs=[
                exp.If(this=value.copy(), true=literal("t")),
                exp.If(this=exp.Not(this=value.copy()), true=literal("f")),
            ]
        )
    if kind in _NUMBERS and kind not in _WHOLE:
        # 1.5000000000 is 1.5, and 1.0 is 1
        zeros = literal(r"\.0+$|(\.\d*?[1-9])0+$"), literal(r"\1")
        return call("regexp_replace", text, *zeros)
    return text


def _field(text: exp.Expression) -> exp.Expression:
    """Return a text as a field of CSV: empty for null, in quotes where it must be."""
    quoted = call("concat", literal('"'), call("replace", text, literal('"'), literal('""')))
    special = call("regexp_matches", text.copy(), literal('^$|[,"\\n\\r]'))
    return exp.Case(
        ifs=[exp.If(this=special, true=call("concat", quoted, literal('"')))], default=text.copy()
    )


def _item(value: exp.Expression, kind: str) -> exp.Expression:
    """Return a value as JSON; null stays null."""
    if kind in _JSON or kind == "boolean":
        return exp.cast(value.copy(), "text")
    text = _text(value, kind)
    if kind in _NUMBERS:
        return text
    if kind.startswith("timestamp"):
        text = call("replace", text, literal(" "), literal("T"))
        text = call("regexp_replace", text, literal(r"([+-]\d\d)$"), literal(r"\1:00"))
    return exp.cast(call("to_json", text), "text")
