"""The same query on the snapshot files: SQL for DuckDB, with texts as Postgres writes them.

What DuckDB means otherwise than Postgres is translated here, or refused: an answer from the files
is the right one, or none.
"""

from __future__ import annotations

import re

import msgspec
from sqlglot import exp

from db.parquet import plain_type
from gateway.catalog import Relation
from gateway.columns import Columns
from gateway.compiler import Compiler
from gateway.duck_json import contains, path_of
from gateway.duck_text import csv_line, json_line
from gateway.errors import RETRY_AFTER, ApiError
from gateway.query import Condition, Field
from gateway.trees import aliased, call, from_source, identifier, join, literal

_COMPARISONS = ("eq", "neq", "isdistinct", "in")
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_INTEGERS = ("smallint", "integer", "bigint")
_INTEGER = re.compile(r"\s*[+-]?\d+\s*")
_ELEMENT = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,{}"]*?))\s*(?:,|$)', re.DOTALL)


class DuckColumns(Columns):
    """Columns of a snapshot file, whose JSON is text."""

    def value(self, field: Field) -> exp.Expression:
        """Return a column, or what is at a place of its JSON."""
        column = self.column(field)
        value: exp.Expression = self.reference(column.name)
        if field.keys and not column.is_json:
            raise away(f'"{field.column}" as JSON')
        for number, key in enumerate(field.keys, start=1):
            last = number == len(field.keys)
            function = "json_extract_string" if last and field.as_text else "json_extract"
            value = call(function, value, literal(path_of(key)))
        return value


class DuckCompiler(Compiler):
    """The statements of one query on one file in one format; raises `ApiError`."""

    columns = DuckColumns
    array = "json_array"

    def rows(self) -> bytes:
        """Return the select of the page's rows, each as one line of the body."""
        rows = self._page(self._selected())
        values = [
            (name, exp.column(identifier(name), table=identifier("row")), plain_type(kind))
            for name, kind in zip(self.names(), self.types(), strict=True)
        ]
        line = json_line(values) if self.form.renders_json else csv_line(values)
        return self.sql(from_source(exp.Select(expressions=[line]), aliased(rows)))

    def zone(self, name: str) -> bytes:
        """Return the statement that sets the time zone of texts."""
        return set_zone(name)

    def _source(self) -> exp.Table:
        if self.query.as_of:
            raise away("The past")
        return super()._source()

    def sql(self, statement: exp.Select) -> bytes:
        """Return a statement as DuckDB reads it."""
        for node in list(statement.find_all(exp.Like, exp.ILike)):
            # Postgres takes a backslash for an escape without being told
            node.replace(exp.Escape(this=node.copy(), expression=literal("\\")))
        for kind in list(statement.find_all(exp.DataType)):
            if kind.this == exp.DataType.Type.DECIMAL and not kind.expressions:
                kind.replace(exp.DataType.build("decimal(38, 10)", dialect="duckdb"))
        return statement.sql(dialect="duckdb", copy=False).encode()

    def _facets(self, names: list[str]) -> exp.Expression:
        pairs: list[exp.Expression] = []
        for name in names:
            value, count = (exp.column(identifier(n), table=identifier("row")) for n in _FACET)
            entry = call("json_object", literal("value"), value, literal("count"), count)
            counts = aliased(self._facet(name))
            line = call("coalesce", call("json_group_array", entry), literal("[]"))
            select = from_source(exp.Select(expressions=[line]), counts)
            pairs += (literal(name), exp.Subquery(this=select))
        return call("json_object", *pairs)

    def _condition(self, condition: Condition) -> exp.Expression:
        if condition.quantifier:
            return self._any_or_all(condition)
        column, field = self._columns.column(condition.field), condition.field
        is_json = column.is_json and not field.as_text
        if condition.operator in ("cs", "cd", "ov"):
            if condition.operator != "cs" or not is_json:
                raise away(f'The operator "{condition.operator}"')
            return contains(self._columns.value(field), _json(condition.values[0]))
        if condition.operator in ("like", "ilike"):
            _check_pattern(condition.values[0])
        if condition.operator == "is" or (field.keys and not is_json):
            return super()._condition(condition)
        if is_json:
            return self._compared_json(condition)
        if plain_type(column.type) in _INTEGERS:
            _check_integers(column.type, condition.values)
        found = super()._condition(condition)
        return _settled(found) if column.category == "D" else found

    def _any_or_all(self, condition: Condition) -> exp.Expression:
        single = msgspec.structs.replace(condition, quantifier="")
        elements = _elements(condition.values[0])
        terms = [self._condition(msgspec.structs.replace(single, value=v)) for v in elements]
        if not terms:
            return exp.false() if condition.quantifier == "any" else exp.true()
        kind = exp.Or if condition.quantifier == "any" else exp.And
        return exp.Paren(this=join(kind, [exp.Paren(this=term) for term in terms]))

    def _compared_json(self, condition: Condition) -> exp.Expression:
        if condition.operator not in _COMPARISONS:
            raise away(f'The operator "{condition.operator}" on JSON')
        texts = tuple(_canonical(_json(value)) for value in condition.values)
        plain = super()._condition(condition.with_values(texts))
        plain.this.replace(exp.cast(call("json", plain.this.copy()), "text"))
        return plain


_FACET = ("value", "count")


def set_zone(name: str) -> bytes:
    """Return the statement that sets the time zone of texts."""
    return f"set session TimeZone = {literal(name).sql('duckdb')}".encode()


def compiler_for(relation: Relation) -> type[Compiler]:
    """Return the compiler of the place where the rows of `relation` are."""
    return DuckCompiler if relation.is_file else Compiler


def away(what: str) -> ApiError:
    """Return the refusal of what only Postgres can do."""
    return ApiError(
        503,
        "PGRST000",
        f"{what} is not available while the database does not answer",
        hint="ask again in a moment, or without it",
        headers=RETRY_AFTER,
    )


def _json(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as exc:
        raise ApiError(400, "22P02", f"invalid input syntax for type json: {exc}") from exc


def _canonical(value: object) -> str:
    """Return JSON in the order of jsonb's keys, without spaces."""
    return msgspec.json.encode(_ordered(value)).decode()


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(part) for part in value] if isinstance(value, list) else value


def _check_integers(kind: str, values: tuple[str, ...]) -> None:
    # DuckDB would round 1.5
    for value in values:
        if not _INTEGER.fullmatch(value):
            message = f'invalid input syntax for type {kind}: "{value}"'
            raise ApiError(400, "22P02", message)


def _check_pattern(pattern: str) -> None:
    if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        raise ApiError(400, "22025", "LIKE pattern must not end with escape character")


def _settled(condition: exp.Expression) -> exp.Expression:
    """Replace what Postgres calls now, today and the like."""
    for text in list(condition.find_all(exp.Literal)):
        word = str(text.this).strip().lower()
        if word == "now":
            text.replace(call("now"))
        elif word in _DAYS:
            days = exp.Literal.number(_DAYS[word])
            text.replace(exp.Paren(this=exp.Add(this=call("today"), expression=days)))
    return condition


def _elements(array: str) -> list[str]:
    """Return the elements of an array in Postgres' notation, `{a,"b c"}`."""
    if not (array.startswith("{") and array.endswith("}")):
        raise ApiError(400, "22P02", f'malformed array literal: "{array}"')
    body, at, found = array[1:-1], 0, list[str]()
    while at < len(body):
        element = _ELEMENT.match(body, at)
        if element is None or not (element[1] is not None or element[2]):
            raise ApiError(400, "22P02", f'malformed array literal: "{array}"')
        found.append(element[2] or re.sub(r"\\(.)", r"\1", element[1]))
        at = element.end()
    return found
