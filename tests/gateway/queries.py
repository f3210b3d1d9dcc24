"""Read requests as people and programs write them, made up by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from hypothesis import strategies as st

Pairs = list[tuple[str, str]]
TEXTS = ("", "a", "%", "_", "*", "\\", '"', "'", "a,b", "(x)", "{x}", "null", "환불", "a.b", "=1+1")
"""Values that are rarely in the data, and break what is careless."""
TOTAL = ("eq", "neq", "gt", "gte", "lt", "lte", "isdistinct")
PATTERNS = ("like", "ilike")


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """A relation that requests are about: columns and values that are in them, as texts."""

    key: str
    """A whole number that identifies a row."""
    texts: dict[str, Sequence[str]]
    numbers: dict[str, Sequence[str]]
    moments: dict[str, Sequence[str]]
    """Dates and instants."""
    json: dict[str, Sequence[tuple[str, Sequence[str]]]]
    """Column -> ways into it, such as `a->>b`, with the texts that are there."""

    @property
    def columns(self) -> list[str]:
        """All columns that are no JSON."""
        return [self.key, *self.texts, *self.numbers, *self.moments]


def encode(pairs: Pairs) -> str:
    """Return the query string."""
    return urlencode(pairs)


def quoted(value: str) -> str:
    """Return a value as it stands in a list."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def whole(value: str, operator: str) -> str:
    """Return a value, made a pattern that is refused by nobody, whatever the rows."""
    return value + "%" if operator in PATTERNS and value.endswith("\\") else value


@st.composite
def conditions(draw: Any, spec: Spec) -> tuple[str, str, str]:
    """A column, an operator (perhaps with `not.`), and a value."""
    kind = draw(st.sampled_from(["text", "text", "number", "moment", "json", "in", "is"]))
    negated = draw(st.sampled_from(["", "", "not."]))
    if kind == "is":
        column = draw(st.sampled_from([*spec.texts, *spec.moments]))
        return column, f"{negated}is", draw(st.sampled_from(["null", "not_null"]))
    if kind == "json":
        paths = [(path, values) for ways in spec.json.values() for path, values in ways]
        path, values = draw(st.sampled_from(paths))
        operator = draw(st.sampled_from([*TOTAL, *PATTERNS]))
        return path, negated + operator, whole(draw(st.sampled_from([*values, *TEXTS])), operator)
    if kind == "moment":
        column, values = draw(st.sampled_from(sorted(spec.moments.items())))
        return column, negated + draw(st.sampled_from(TOTAL)), draw(st.sampled_from(values))
    if kind == "number":
        known = {spec.key: [str(n) for n in range(0, 130, 7)], **spec.numbers}
        column, values = draw(st.sampled_from(sorted(known.items())))
        return column, negated + draw(st.sampled_from(TOTAL)), draw(st.sampled_from(values))
    column, values = draw(st.sampled_from(sorted(spec.texts.items())))
    value = st.sampled_from([*values, *values, *TEXTS])
    if kind == "in":
        chosen = draw(st.lists(value, max_size=4))
        return column, f"{negated}in", f"({','.join(map(quoted, chosen))})"
    operator = draw(st.sampled_from([*TOTAL, *PATTERNS]))
    if operator in ("isdistinct", "neq") or draw(st.booleans()):
        return column, negated + operator, whole(draw(value), operator)
    chosen = [whole(one, operator) for one in draw(st.lists(value, min_size=1, max_size=3))]
    many = f"{operator}({draw(st.sampled_from(['any', 'all']))})"
    return column, negated + many, "{" + ",".join(map(quoted, chosen)) + "}"


@st.composite
def filters(draw: Any, spec: Spec) -> tuple[str, str]:
    """A parameter that filters: a condition, or several joined and nested."""
    if draw(st.integers(0, 3)):
        column, operator, value = draw(conditions(spec))
        return column, f"{operator}.{value}"
    key = draw(st.sampled_from(["or", "and", "not.or", "not.and"]))
    return key, draw(groups(spec, 2))


@st.composite
def groups(draw: Any, spec: Spec, depth: int) -> str:
    """What stands behind `or=`."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.integers(0, 4)) == 0:
            inner = draw(st.sampled_from(["and", "or", "not.and"]))
            parts.append(inner + draw(groups(spec, depth - 1)))
            continue
        column, operator, value = draw(conditions(spec))
        is_whole = operator.endswith((".in", "in", "is", "(any)", "(all)"))
        parts.append(f"{column}.{operator}.{value if is_whole else quoted(value)}")
    return f"({','.join(parts)})"


@st.composite
def orders(draw: Any, columns: Sequence[str]) -> str:
    """The value of `order=`."""
    chosen = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True))
    directions = st.sampled_from(["", ".asc", ".desc"])
    nulls = st.sampled_from(["", "", ".nullsfirst", ".nullslast"])
    return ",".join(f"{column}{draw(directions)}{draw(nulls)}" for column in chosen)


@st.composite
def selections(draw: Any, spec: Spec) -> str:
    """The value of `select=`, without aggregates."""
    paths = [path for ways in spec.json.values() for path, _ in ways]
    plain = st.sampled_from([*spec.columns, *paths])
    items = draw(st.lists(plain, min_size=1, max_size=5, unique=True))
    decorated = []
    for number, item in enumerate(items):
        cast = "::text" if item in spec.columns and draw(st.integers(0, 5)) == 0 else ""
        decorated.append(f"a{number}:{item}{cast}")
    return ",".join(decorated)


@st.composite
def requests(draw: Any, spec: Spec) -> Pairs:
    """A request that makes sense."""
    pairs: Pairs = draw(st.lists(filters(spec), max_size=3))
    kind = draw(st.sampled_from(["rows", "rows", "rows", "groups", "distinct"]))
    if kind == "groups":
        by = draw(st.lists(st.sampled_from(sorted(spec.texts)), max_size=2, unique=True))
        how = draw(st.sampled_from(["max", "min", "sum", "count"]))
        pairs.append(("select", ",".join([*by, "n:count()", f"x:{spec.key}.{how}()"])))
        columns = [*by, "n", "x"]
    elif kind == "distinct":
        columns = draw(st.lists(st.sampled_from(sorted(spec.texts)), min_size=1, unique=True))
        pairs += [("select", ",".join(columns)), ("distinct", "1")]
    else:
        columns = spec.columns
        if draw(st.booleans()):
            pairs.append(("select", draw(selections(spec))))
    if draw(st.booleans()):
        pairs.append(("order", draw(orders(columns))))
    if draw(st.booleans()):
        pairs.append(("limit", str(draw(st.integers(0, 20)))))
    if draw(st.integers(0, 3)) == 0:
        pairs.append(("offset", str(draw(st.integers(0, 5)))))
    return pairs
