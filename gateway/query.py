"""What a request asks for, after parsing: plain values, no SQL and no HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A column, or a place inside its JSON: `attributes->team->>name`."""

    column: str
    keys: tuple[str | int, ...] = ()
    as_text: bool = False
    """The last arrow was `->>`: the value as text instead of JSON."""

    @property
    def name(self) -> str:
        """The name its value has in an answer: the last key, else the column."""
        return next((key for key in reversed(self.keys) if isinstance(key, str)), self.column)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One output of `select`; without a field it is `*`, or `count()`."""

    field: Field | None = None
    alias: str | None = None
    cast: str | None = None
    aggregate: str = ""
    """sum, avg, min, max or count of the values; the other outputs are what is grouped by."""
    result_cast: str | None = None
    """Of the aggregate."""
    is_left_out: bool = False
    """`-field`: not among those of `*`."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """`field=not.operator.value`; a tuple of values for `in`."""

    field: Field
    operator: str
    value: str | tuple[str, ...]
    negated: bool = False
    quantifier: str = ""
    """any or all: the value is an array in Postgres' notation, `{a,b}`; empty = a single value."""

    @property
    def values(self) -> tuple[str, ...]:
        """All that is compared with."""
        return self.value if isinstance(self.value, tuple) else (self.value,)

    def with_values(self, values: tuple[str, ...]) -> Condition:
        """Return the same condition on other values, as many."""
        value = values if isinstance(self.value, tuple) else values[0]
        return msgspec.structs.replace(self, value=value)


class Logic(msgspec.Struct, frozen=True, kw_only=True):
    """`and=(...)` or `or=(...)`."""

    either: bool
    terms: tuple[Condition | Logic, ...]
    negated: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the order; `nulls_first` None = what Postgres does."""

    field: Field
    descending: bool = False
    nulls_first: bool | None = None


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A read request, whole."""

    select: tuple[Item, ...] = (Item(),)
    where: tuple[Condition | Logic, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    search: str = ""
    """Substring looked for in the text columns; empty = none."""
    facets: tuple[str, ...] = ()
    format: str | None = None
    excel: bool = False
    """CSV for Excel: BOM, CRLF, formulas neutralised, Korean time."""
    distinct: bool = False
    """Rows that are alike in all that is selected are one."""
    cursor: str | None = None
    """Where the page before ended; empty = at the beginning, None = nobody pages so."""
    as_of: str = ""
    """The moment whose state is wanted; empty = now."""
    filename: str = ""
    """Of the file the client makes; empty = the resource's name."""


def equals(column: str, value: str) -> Condition:
    """Return the condition that `column` has `value`."""
    return Condition(field=Field(column=column), operator="eq", value=value)


def conditions(terms: Sequence[Condition | Logic]) -> Iterator[Condition]:
    """Walk all conditions, however deep they are nested."""
    for term in terms:
        if isinstance(term, Logic):
            yield from conditions(term.terms)
        else:
            yield term


def is_about(term: Condition | Logic, column: str | None) -> bool:
    """Whether a term filters by this column only."""
    return column is not None and all(
        condition.field.column == column for condition in conditions([term])
    )
