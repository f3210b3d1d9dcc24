"""The read grammar of the query string: one recursive-descent parser.

PostgREST's grammar, as far as docs/reference/gateway.md says. What PostgREST knows and the
gateway does not is refused (PGRST127), what nobody knows too (PGRST100): never a wrong answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from gateway.errors import ApiError, not_supported
from gateway.query import Condition, Field, Item, Logic, Order, Query
from gateway.scanner import Scanner

_CASTS = """text varchar int int2 int4 int8 integer smallint bigint numeric decimal real float4
    float8 boolean bool date time timestamp timestamptz interval json jsonb uuid"""
CASTS = frozenset(_CASTS.split())
COMPARISONS = ("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike")
OPERATORS = (*COMPARISONS, "in", "is")
FORMATS = ("csv", "json", "ndjson")
STATES = ("null", "not_null", "true", "false", "unknown")
MAX_PARAMETERS = 1000
MAX_DEPTH = 50

_LATER = """isdistinct match imatch fts plfts phfts wfts cs cd ov sl sr nxr nxl adj all any"""
_LATER_OPERATORS = frozenset(_LATER.split())
_LATER_PARAMETERS = ("as_of", "cursor", "distinct", "columns", "filename")
_AGGREGATES = ("sum", "avg", "min", "max", "count")
_INDEX = re.compile(r"-?\d+(?=$|[-,.:) ])")
_KEY = re.compile(r"(?:[^-,.:()>\"]|-(?!>))+")
_WORD = re.compile(r"\w+")
_ARRAY = re.compile(r"\{[^}]*\}")
_NOT_OR = re.compile(r"(not\.)?(and|or)(?=\()")


def parse_query(query_string: bytes) -> Query:
    """Return what a raw query string asks for.

    Raises `ApiError`: 400 PGRST100 with the position, 400 PGRST127, 416 PGRST103.
    """
    try:
        text = query_string.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as exc:
        raise ApiError(400, "PGRST100", "The query string is not valid UTF-8", hint=_URL) from exc
    if "\0" in text or "%00" in text:
        raise ApiError(400, "PGRST100", "The query string holds a NUL character", hint=_URL)
    return _query(pairs)


_URL = "percent-encode names and values as UTF-8, at most 1000 parameters"


def _query(pairs: Iterable[tuple[str, str]]) -> Query:
    values: dict[str, Any] = {}
    where: list[Condition | Logic] = []
    for key, value in pairs:
        if key in PARAMETERS:
            name, read = PARAMETERS[key]
            if name in values:
                raise ApiError(400, "PGRST100", f'The parameter "{key}" is given twice')
            values[name] = read(Scanner(value, key))
        elif key in _LATER_PARAMETERS:
            hint = f'a column of that name is reached by quoting it: "{key}"=eq.x'
            not_supported(f'The parameter "{key}" is not supported', hint=hint)
        else:
            where.append(_filter(key, value))
    return Query(where=tuple(where), **values)


def _filter(key: str, value: str) -> Condition | Logic:
    scanner = Scanner(key, "filter")
    if key in ("and", "or", "not.and", "not.or"):
        body = Scanner(value, key)
        logic = _logic(body, either=key.endswith("or"), negated=key.startswith("not."), depth=0)
        body.end()
        return logic
    field = _field(scanner)
    if scanner.take("."):
        scanner.refuse("A filter on an embedded resource", hint="quote a name that holds a dot")
    scanner.end()
    body = Scanner(value, f"filter {key}")
    condition = _condition(body, field, nested=False)
    body.end()
    return condition


def _logic(scanner: Scanner, *, either: bool, negated: bool, depth: int) -> Logic:
    if depth > MAX_DEPTH:
        scanner.fail("less nesting")
    scanner.expect("(")
    terms = [_term(scanner, depth)]
    while scanner.take(","):
        terms.append(_term(scanner, depth))
    scanner.expect(")")
    scanner.space()
    return Logic(either=either, negated=negated, terms=tuple(terms))


def _term(scanner: Scanner, depth: int) -> Condition | Logic:
    scanner.space()
    if found := scanner.match(_NOT_OR):
        either, negated = found[2] == "or", bool(found[1])
        return _logic(scanner, either=either, negated=negated, depth=depth + 1)
    field = _field(scanner)
    scanner.expect(".")
    condition = _condition(scanner, field, nested=True)
    scanner.space()
    return condition


def _condition(scanner: Scanner, field: Field, *, nested: bool) -> Condition:
    negated = scanner.take("not.")
    start = scanner.at
    found = scanner.match(_WORD)
    operator = found[0] if found else ""
    if operator in _LATER_OPERATORS:
        scanner.at = start
        scanner.refuse(f'The operator "{operator}"')
    if operator not in OPERATORS:
        scanner.at = start
        hint = f"write {field.name}=eq.{scanner.text}" if not nested else None
        scanner.fail(f"an operator ({', '.join(OPERATORS)})", hint=hint)
    if scanner.comes("("):
        scanner.refuse("A modifier of an operator")
    scanner.expect(".")
    value = _value(scanner, operator, nested=nested)
    return Condition(field=field, operator=operator, value=value, negated=negated)


def _value(scanner: Scanner, operator: str, *, nested: bool) -> str | tuple[str, ...]:
    if operator == "in":
        return _list(scanner)
    if operator == "is":
        start = scanner.at
        found = scanner.match(_WORD)
        if not found or found[0].lower() not in STATES:
            scanner.at = start
            scanner.fail(f"one of {', '.join(STATES)}")
        return found[0].lower()
    return _nested_value(scanner) if nested else scanner.rest()


def _list(scanner: Scanner) -> tuple[str, ...]:
    scanner.expect("(")
    if scanner.take(")"):
        return ()
    values = [scanner.value()]
    while scanner.take(","):
        values.append(scanner.value())
    scanner.expect(")")
    return tuple(values)


def _nested_value(scanner: Scanner) -> str:
    if array := scanner.match(_ARRAY):
        return array[0]
    return scanner.value()


def _field(scanner: Scanner) -> Field:
    return _path(scanner, scanner.name())


def _path(scanner: Scanner, column: str) -> Field:
    keys: list[str | int] = []
    as_text = False
    while not as_text and scanner.take("->"):
        as_text = scanner.take(">")
        keys.append(_key(scanner))
    return Field(column=column, keys=tuple(keys), as_text=as_text)


def _key(scanner: Scanner) -> str | int:
    if index := scanner.match(_INDEX):
        return int(index[0])
    if scanner.comes('"'):
        return scanner.quoted()
    key = scanner.match(_KEY)
    if not key:
        scanner.fail("a JSON key or index")
    return key[0].strip()


def _sequence(item: Callable[[Scanner], Any]) -> Callable[[Scanner], tuple[Any, ...]]:
    def read(scanner: Scanner) -> tuple[Any, ...]:
        items = [item(scanner)]
        while scanner.take(","):
            items.append(item(scanner))
        scanner.end()
        return tuple(items)

    return read


def _select(scanner: Scanner) -> tuple[Item, ...]:
    return (Item(),) if not scanner.text.strip() else _items(scanner)


def _item(scanner: Scanner) -> Item:
    scanner.space()
    if scanner.take("..."):
        scanner.refuse("Spreading an embedded resource")
    if scanner.take("*"):
        scanner.space()
        return Item()
    name, alias = scanner.name(), None
    if not scanner.comes("::") and scanner.take(":"):
        name, alias = scanner.name(), name
    field = _path(scanner, name)
    if scanner.comes("(", "!"):
        _refuse_call(scanner, name)
    if scanner.take("."):
        scanner.refuse("An aggregate in select", hint="api.groups and api.daily_counts hold counts")
    cast = _cast(scanner) if scanner.take("::") else None
    scanner.space()
    return Item(field=field, alias=alias, cast=cast)


def _refuse_call(scanner: Scanner, name: str) -> NoReturn:
    what = "An aggregate" if name in _AGGREGATES else "An embedded resource"
    scanner.refuse(f"{what} in select")


def _cast(scanner: Scanner) -> str:
    start = scanner.at
    found = scanner.match(_WORD)
    if not found or found[0].lower() not in CASTS:
        scanner.at = start
        scanner.fail(f"a type ({', '.join(sorted(CASTS))})")
    return found[0].lower()


def _order(scanner: Scanner) -> Order:
    field = _field(scanner)
    if scanner.comes("("):
        scanner.refuse("An order by an embedded resource")
    descending = scanner.take(".desc")
    _ = descending or scanner.take(".asc")
    first = scanner.take(".nullsfirst")
    last = not first and scanner.take(".nullslast")
    scanner.space()
    if not scanner.done and not scanner.comes(","):
        scanner.fail('".asc", ".desc", ".nullsfirst", ".nullslast", "," or end of input')
    return Order(field=field, descending=descending, nulls_first=first if first or last else None)


def _limit(scanner: Scanner) -> int:
    limit = _integer(scanner)
    if limit < 0:
        raise ApiError(416, "PGRST103", "Requested range not satisfiable", details=_NEGATIVE)
    return limit


_NEGATIVE = "Limit should be greater than or equal to zero."


def _integer(scanner: Scanner) -> int:
    text = scanner.text.strip()
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        scanner.fail("a whole number")
    return int(text)


def _format(scanner: Scanner) -> str:
    if scanner.text not in FORMATS:
        scanner.fail(" or ".join(FORMATS))
    return scanner.text


def _flag(scanner: Scanner) -> bool:
    if scanner.text not in ("0", "1", "false", "true"):
        scanner.fail("1 or 0")
    return scanner.text in ("1", "true")


def _search(scanner: Scanner) -> str:
    return unicodedata.normalize("NFC", scanner.text).strip()


_items = _sequence(_item)
PARAMETERS: dict[str, tuple[str, Callable[[Scanner], object]]] = {
    "select": ("select", _select),
    "order": ("order", _sequence(_order)),
    "limit": ("limit", _limit),
    "offset": ("offset", lambda scanner: max(0, _integer(scanner))),
    "q": ("search", _search),
    "facets": ("facets", _sequence(Scanner.name)),
    "format": ("format", _format),
    "bom": ("excel", _flag),
}
