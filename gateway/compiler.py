"""From a parsed query to SQL: the one place where statements of requests are made.

Names are looked up in the catalog and quoted, values become literals whose type Postgres infers,
everything is a sqlglot tree until `to_sql`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from gateway.catalog import Column, Relation, unknown_column
from gateway.errors import ApiError
from gateway.formats import FORMULA_STARTS, Format
from gateway.grammar import CASTS
from gateway.query import Condition, Field, Item, Logic, Order, Query, is_about

FACET_VALUES = 1000
"""Most values a facet lists, the most frequent first."""

SNAPSHOT_COLUMNS = ("snapshot_version", "refreshed_at", "checked_at")
MAX_NAME = 63
"""Bytes of a name; Postgres would cut a longer one."""

_ROW = "row"
_BINARY: dict[str, type[exp.Expression]] = {
    "eq": exp.EQ,
    "neq": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
    "lt": exp.LT,
    "lte": exp.LTE,
    "like": exp.Like,
    "ilike": exp.ILike,
    "match": exp.RegexpLike,
    "imatch": exp.RegexpILike,
    "isdistinct": exp.NullSafeNEQ,
    "cs": exp.ArrayContainsAll,
    "ov": exp.ArrayOverlaps,
}
_QUANTIFIERS: dict[str, type[exp.Expression]] = {"any": exp.Any, "all": exp.All}
_STATES = {
    "null": exp.null(),
    "true": exp.true(),
    "false": exp.false(),
    "unknown": exp.var("UNKNOWN"),
}
_TYPES = {name: exp.DataType.build(name, dialect="postgres") for name in CASTS}
_TEXT_CASTS = frozenset(("text", "varchar", "json", "jsonb", "interval"))
_UNGUARDED = frozenset("NDB")
_FORMULA = f"^([{re.escape(''.join(FORMULA_STARTS))}])"


class Compiler:
    """The statements of one query on one relation in one format.

    All of them raise `ApiError` 400 for a name that nobody knows.
    """

    def __init__(self, query: Query, relation: Relation, form: Format) -> None:
        self.query = query
        self.relation = relation
        self.form = form
        self.items = list(self._items())

    def copy(self) -> bytes:
        """Return the COPY of the page's rows, as columns or as the JSON the format wants."""
        rows = self._page(exp.Select(expressions=list(self._outputs())))
        rows = self._as_json(rows) if self.form.renders_json else rows
        return b"copy (%b) to stdout with (%b)" % (_sql(rows), self.form.copy.encode())

    def types(self) -> list[str]:
        """Return the type of each output, by Postgres' name."""
        return [item.cast or self._type(field) for item, field in self.items]

    def total(self) -> bytes:
        """Return the count of all rows that match, whatever the page."""
        return _sql(self._matching(exp.Select(expressions=[_count()])))

    def facets(self) -> bytes:
        """Return one JSON object: column -> [{"value", "count"}], the most frequent first."""
        pairs: list[exp.Expression] = []
        for name in dict.fromkeys(self.query.facets):
            pairs += (_text(name), exp.Subquery(this=self._facet(name)))
        return _sql(exp.Select(expressions=[_call("json_build_object", *pairs)]))

    def snapshot(self) -> bytes:
        """Return the question how fresh the schema's data is, for its view `snapshot`."""
        columns = [exp.Column(this=_name(name)) for name in SNAPSHOT_COLUMNS]
        table = exp.Table(this=_name("snapshot"), db=_name(self.relation.schema))
        return _sql(_from(exp.Select(expressions=columns), table))

    def _matching(self, select: exp.Select, *, without: str | None = None) -> exp.Select:
        table = exp.Table(this=_name(self.relation.name), db=_name(self.relation.schema))
        terms = [self._term(term) for term in self.query.where if not is_about(term, without)]
        if self.query.search:
            terms.append(self._search())
        if terms:
            select.set("where", exp.Where(this=_join(exp.And, terms)))
        return _from(select, table)

    def _page(self, select: exp.Select) -> exp.Select:
        self._matching(select)
        if order := list(self._order()):
            select.set("order", exp.Order(expressions=order))
        if self.query.limit is not None:
            select.set("limit", exp.Limit(expression=exp.Literal.number(self.query.limit)))
        if self.query.offset:
            select.set("offset", exp.Offset(expression=exp.Literal.number(self.query.offset)))
        return select

    def _as_json(self, rows: exp.Select) -> exp.Select:
        line: exp.Expression = _call("row_to_json", _whole_row())
        if self.form.strips_nulls:
            line = _call("json_strip_nulls", line)
        if any(self._column(field).may_break_lines for _, field in self.items):
            line = _call("translate", _cast(line, "text"), _text("\n\r"), _text("  "))
        return _from(exp.Select(expressions=[line]), _aliased(rows))

    def _items(self) -> Iterator[tuple[Item, Field]]:
        for item in self.query.select:
            if item.field is None:
                fields = (Field(column=name) for name in self.relation.columns)
                yield from ((item, field) for field in fields)
            else:
                yield item, item.field

    def _outputs(self) -> Iterator[exp.Expression]:
        seen = set()
        for item, field in self.items:
            name = item.alias or field.name
            if name in seen:
                hint = f"give one of them another name: other:{name}"
                raise ApiError(400, "PGRST100", f'"{name}" is selected twice', hint=hint)
            if len(name.encode()) > MAX_NAME:
                raise ApiError(400, "PGRST100", f'"{name}" is longer than {MAX_NAME} bytes')
            seen.add(name)
            yield self._output(item, field, name)

    def _output(self, item: Item, field: Field, name: str) -> exp.Expression:
        value = self._value(field)
        if item.cast:
            value = _cast(value, item.cast)
        if self.form.is_excel:
            name = f"'{name}" if name.startswith(FORMULA_STARTS) else name
            if self._may_be_formula(item, field):
                guard = _text(_FORMULA), _text("'\\1")
                value = _call("regexp_replace", _cast(value, "text"), *guard)
        return exp.Alias(this=value, alias=_name(name))

    def _type(self, field: Field) -> str:
        if not field.keys:
            return self._column(field).type
        return "text" if field.as_text else "jsonb"

    def _may_be_formula(self, item: Item, field: Field) -> bool:
        if item.cast:
            return item.cast in _TEXT_CASTS
        return bool(field.keys) or self._column(field).category not in _UNGUARDED

    def _column(self, field: Field) -> Column:
        found = self.relation.columns.get(field.column)
        if found is None:
            raise unknown_column(self.relation, field.column)
        return found

    def _value(self, field: Field) -> exp.Expression:
        column = self._column(field)
        value: exp.Expression = self._reference(column.name)
        if field.keys and not column.is_json:
            value = _call("to_jsonb", value)
        for number, key in enumerate(field.keys, start=1):
            last = number == len(field.keys)
            arrow = exp.JSONExtractScalar if last and field.as_text else exp.JSONExtract
            step = exp.Literal.number(key) if isinstance(key, int) else _text(key)
            value = arrow(this=value, expression=step, only_json_types=True)
        return value

    def _reference(self, name: str) -> exp.Column:
        # qualified, so that ORDER BY means the column and never an output of the same name
        return exp.Column(this=_name(name), table=_name(self.relation.name))

    def _term(self, term: Condition | Logic) -> exp.Expression:
        if isinstance(term, Condition):
            found = self._condition(term)
        else:
            join = exp.Or if term.either else exp.And
            found = exp.Paren(this=_join(join, [self._term(part) for part in term.terms]))
        return _not(found) if term.negated else found

    def _condition(self, condition: Condition) -> exp.Expression:
        left = self._value(condition.field)
        operator, value = condition.operator, condition.value
        if isinstance(value, tuple):
            values = [_text(part) for part in value]
            return exp.In(this=left, expressions=values) if values else exp.false()
        if operator == "is":
            if value == "not_null":
                return _not(exp.Is(this=left, expression=exp.null()))
            return exp.Is(this=left, expression=_STATES[value].copy())
        if operator in ("like", "ilike"):
            value = value.replace("*", "%")
        right: exp.Expression = _text(value)
        if operator == "cd":
            return exp.ArrayContainsAll(this=right, expression=left)
        if condition.quantifier:
            right = _QUANTIFIERS[condition.quantifier](this=exp.Paren(this=right))
        return _BINARY[operator](this=left, expression=right)

    def _search(self) -> exp.Expression:
        texts = [column.name for column in self.relation.columns.values() if column.category == "S"]
        if not texts:
            raise ApiError(400, "PGRST100", f'"{self.relation.name}" has no text column to search')
        plain = self.query.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{plain}%"
        found = [exp.ILike(this=self._reference(name), expression=_text(pattern)) for name in texts]
        return exp.Paren(this=_join(exp.Or, found))

    def _order(self) -> Iterator[exp.Expression]:
        named = {order.field.column for order in self.query.order if not order.field.keys}
        unique = [
            Order(field=Field(column=name)) for name in self.relation.key if name not in named
        ]
        for order in (*self.query.order, *unique):
            first = order.descending if order.nulls_first is None else order.nulls_first
            yield exp.Ordered(
                this=self._value(order.field), desc=order.descending, nulls_first=first
            )

    def _facet(self, name: str) -> exp.Select:
        value = self._value(Field(column=name))
        outputs = [
            exp.Alias(this=value, alias=_name("value")),
            exp.Alias(this=_count(), alias=_name("count")),
        ]
        counts = self._matching(exp.Select(expressions=outputs), without=name)
        counts.set("group", exp.Group(expressions=[value.copy()]))
        order = [
            exp.Ordered(this=_count(), desc=True, nulls_first=True),
            exp.Ordered(this=value.copy(), nulls_first=False),
        ]
        counts.set("order", exp.Order(expressions=order))
        counts.set("limit", exp.Limit(expression=exp.Literal.number(FACET_VALUES)))
        line = _call("coalesce", _call("json_agg", _call("row_to_json", _whole_row())), _text("[]"))
        return _from(exp.Select(expressions=[line]), _aliased(counts))


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _name(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def _count() -> exp.Count:
    return exp.Count(this=exp.Star())


def _call(function: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _cast(value: exp.Expression, name: str) -> exp.Cast:
    return exp.Cast(this=value, to=_TYPES[name].copy())


def _not(term: exp.Expression) -> exp.Not:
    return exp.Not(this=term if isinstance(term, exp.Paren) else exp.Paren(this=term))


def _join(kind: type[exp.Expression], terms: Sequence[exp.Expression]) -> exp.Expression:
    joined, *others = terms
    for term in others:
        joined = kind(this=joined, expression=term)
    return joined


def _from(select: exp.Select, source: exp.Expression) -> exp.Select:
    select.set("from_", exp.From(this=source))
    return select


def _aliased(select: exp.Select) -> exp.Subquery:
    return exp.Subquery(this=select, alias=exp.TableAlias(this=_name(_ROW)))


def _whole_row() -> exp.Column:
    # "row".* and not "row": the latter would mean a column of that name
    return exp.Column(this=exp.Star(), table=_name(_ROW))


def _sql(statement: exp.Select) -> bytes:
    return statement.sql(dialect="postgres", copy=False).encode()
