"""What a request selects: the outputs, how they are grouped, and in which order they come."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from gateway.columns import Columns
from gateway.cursors import Key
from gateway.errors import ApiError
from gateway.formats import FORMULA_STARTS, KOREA, Format
from gateway.query import Field, Item, Order, Query
from gateway.trees import call, cast, count_all, identifier, literal

MAX_NAME = 63
"""Bytes of a name; Postgres would cut a longer one."""

_AGGREGATES: dict[str, type[exp.Expression]] = {
    "sum": exp.Sum,
    "avg": exp.Avg,
    "min": exp.Min,
    "max": exp.Max,
    "count": exp.Count,
}
_RESULTS = {"count": "bigint", "sum": "numeric", "avg": "numeric"}
"""Types of aggregates; min and max have that of their column."""
_TEXT_CASTS = frozenset(("text", "varchar", "json", "jsonb", "interval"))
_UNGUARDED = frozenset("NDB")
_FORMULA = f"^([{re.escape(''.join(FORMULA_STARTS))}])"


class Outputs:
    """The select list of one query on one relation; all raise `ApiError` 400 for what is wrong."""

    def __init__(self, query: Query, columns: Columns, form: Format) -> None:
        """Spread `*` over the columns."""
        self._query = query
        self._columns = columns
        self._form = form
        self.items = list(self._items())

    def types(self) -> list[str]:
        """Return the type of each output, by Postgres' name."""
        return [self._type(item) for item in self.items]

    def _items(self) -> Iterator[Item]:
        """Yield what is selected, column by column."""
        left_out = {
            self._columns.column(item.field).name
            for item in self._query.select
            if item.field and item.is_left_out
        }
        select = [item for item in self._query.select if not item.is_left_out] or [Item()]
        for item in select:
            if item.field or item.aggregate:
                yield item
            else:
                names = (name for name in self._columns.relation.columns if name not in left_out)
                yield from (Item(field=Field(column=name)) for name in names)

    def expressions(self) -> Iterator[exp.Expression]:
        """Yield each output with its name."""
        seen = set()
        for item in self.items:
            name = _output_name(item)
            if name in seen:
                hint = f"give one of them another name: other:{name}"
                raise ApiError(400, "PGRST100", f'"{name}" is selected twice', hint=hint)
            if len(name.encode()) > MAX_NAME:
                raise ApiError(400, "PGRST100", f'"{name}" is longer than {MAX_NAME} bytes')
            seen.add(name)
            yield self._output(item, name)

    def _output(self, item: Item, name: str) -> exp.Expression:
        value = self._selected(item)
        if self._form.is_excel:
            name = f"'{name}" if name.startswith(FORMULA_STARTS) else name
            if self._may_be_formula(item):
                guard = literal(_FORMULA), literal("'\\1")
                value = call("regexp_replace", cast(value, "text"), *guard)
            elif self._type(item) == "timestamp with time zone":
                value = call("timezone", literal(KOREA), value)
        return exp.Alias(this=value, alias=identifier(name))

    def _selected(self, item: Item) -> exp.Expression:
        """Return what an output holds."""
        if item.field is None:
            value: exp.Expression = count_all()
        else:
            value = self._columns.value(item.field)
            value = cast(value, item.cast) if item.cast else value
            value = _AGGREGATES[item.aggregate](this=value) if item.aggregate else value
        return cast(value, item.result_cast) if item.result_cast else value

    @property
    def is_grouped(self) -> bool:
        """Whether a row of the answer is a group: there are aggregates, or all is distinct."""
        return self._query.distinct or any(item.aggregate for item in self.items)

    def group(self, select: exp.Select) -> exp.Select:
        """Group by what is selected beside aggregates, if there are some."""
        keys = [self._selected(item) for item in self.items if not item.aggregate]
        if self.is_grouped and keys:
            select.set("group", exp.Group(expressions=keys))
        return select

    def _type(self, item: Item) -> str:
        known = item.result_cast or _RESULTS.get(item.aggregate) or item.cast
        if known or item.field is None:
            return known or "bigint"
        if not item.field.keys:
            return self._columns.column(item.field).type
        return "text" if item.field.as_text else "jsonb"

    def _may_be_formula(self, item: Item) -> bool:
        known = item.result_cast or _RESULTS.get(item.aggregate) or item.cast
        if known or item.field is None:
            return known in _TEXT_CASTS
        return bool(item.field.keys) or self._columns.column(item.field).category not in _UNGUARDED

    def order(self) -> Iterator[exp.Expression]:
        """Yield what rows are ordered by: as asked, then by what tells them apart."""
        if self.is_grouped:
            yield from self._order_of_groups()
            return
        for key in self.keys():
            yield exp.Ordered(this=key.value, desc=key.descending, nulls_first=key.nulls_first)

    def keys(self) -> Iterator[Key]:
        """Yield the parts of the order of rows that are no groups."""
        unique = self._columns.relation.key
        named = {order.field.column for order in self._query.order if not order.field.keys}
        added = [Order(field=Field(column=name)) for name in unique if name not in named]
        for order in (*self._query.order, *added):
            first = order.descending if order.nulls_first is None else order.nulls_first
            yield Key(
                value=self._columns.value(order.field),
                descending=order.descending,
                nulls_first=first,
                # of a key only the first column is never null: docs/reference/gateway.md
                may_be_null=bool(order.field.keys) or order.field.column not in unique[:1],
            )

    def _order_of_groups(self) -> Iterator[exp.Expression]:
        """Order by outputs, whose names are all that is left of the rows."""
        outputs = {_output_name(item): item for item in self.items}
        rest = [name for name, item in outputs.items() if not item.aggregate]
        for order in (*self._query.order, *(Order(field=Field(column=name)) for name in rest)):
            name = order.field.column
            if name not in outputs or order.field.keys:
                hint = f"order by one of: {', '.join(outputs)}"
                raise ApiError(400, "PGRST100", f'"{name}" is not selected', hint=hint)
            first = order.descending if order.nulls_first is None else order.nulls_first
            yield exp.Ordered(
                this=self._selected(outputs[name]), desc=order.descending, nulls_first=first
            )


def _output_name(item: Item) -> str:
    """Return the name of a column of the answer."""
    return item.alias or item.aggregate or (item.field.name if item.field else "")
