"""Shorthands for the sqlglot trees that `gateway.compiler` makes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from gateway.grammar import CASTS

_ROW = "row"
_TYPES = {name: exp.DataType.build(name, dialect="postgres") for name in CASTS}


def literal(value: str) -> exp.Literal:
    """Return a text, whose type Postgres infers from what it is compared with."""
    return exp.Literal.string(value)


def identifier(name: str) -> exp.Identifier:
    """Return a quoted name."""
    return exp.Identifier(this=name, quoted=True)


def count_all() -> exp.Count:
    """Return count(*)."""
    return exp.Count(this=exp.Star())


def call(function: str, *arguments: exp.Expression) -> exp.Anonymous:
    """Return a call of a function of Postgres."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(value: exp.Expression, name: str) -> exp.Cast:
    """Return a value as one of the types of casts."""
    return exp.Cast(this=value, to=_TYPES[name].copy())


def negate(term: exp.Expression) -> exp.Not:
    """Return the opposite of a condition."""
    return exp.Not(this=term if isinstance(term, exp.Paren) else exp.Paren(this=term))


def join(kind: type[exp.Expression], terms: Sequence[exp.Expression]) -> exp.Expression:
    """Return conditions joined by and / or."""
    joined, *others = terms
    for term in others:
        joined = kind(this=joined, expression=term)
    return joined


def from_source(select: exp.Select, source: exp.Expression) -> exp.Select:
    """Read a select from a table or a subquery."""
    select.set("from_", exp.From(this=source))
    return select


def aliased(select: exp.Select) -> exp.Subquery:
    """Return a select as a subquery, which `whole_row` means."""
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(_ROW)))


def whole_row() -> exp.Column:
    """Return all columns of the subquery."""
    # "row".* and not "row": the latter would mean a column of that name
    return exp.Column(this=exp.Star(), table=identifier(_ROW))
