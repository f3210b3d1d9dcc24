"""The read grammar of the query string: one recursive-descent parser.

PostgREST's grammar, as far as docs/reference/gateway.md says. What PostgREST knows and the
gateway does not is refused (PGRST127), what nobody knows too (PGRST100): never a wrong answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from gateway.errors import ApiError, not_supported
from gateway.filters import meant, read_field, read_filter, read_path
from gateway.query import Condition, Field, Item, Logic, Order, Query
from gateway.scanner import Scanner

_CASTS = """text varchar int int2 int4 int8 integer smallint bigint numeric decimal real float4
    float8 boolean bool date time timestamp timestamptz interval json jsonb uuid"""
CASTS = frozenset(_CASTS.split())
FORMATS = ("csv", "json", "ndjson", "xlsx", "parquet")
LONGEST_NAME = 200
"""Characters of a file name."""
MAX_PARAMETERS = 1000

_LATER_PARAMETERS = ("columns",)
AGGREGATES = ("sum", "avg", "min", "max", "count")
FLAGS = ["0", "1", "false", "true"]
_WORD = re.compile(r"\w+")


def parse_query(query_string: bytes) -> Query:
    """Return what a raw query string asks for.

    Raises `ApiError`: 400 PGRST100 with the position, 400 PGRST127, 416 PGRST103.
    """
    try:
        text = query_string.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeError as exc:
        raise ApiError(400, "PGRST100", "The query string is not valid UTF-8", hint=_URL) from exc
    except ValueError as exc:
        message = f"The query string has more than {MAX_PARAMETERS} parameters"
        raise ApiError(400, "PGRST100", message, hint="put values of one into in.(...)") from exc
    if "\0" in text or "%00" in text:
        raise ApiError(400, "PGRST100", "The query string holds a NUL character", hint=_URL)
    return _query(pairs)


_URL = "percent-encode names and values as UTF-8"


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
            hint = f'Perhaps you meant {meant(key)}; a column is quoted: "{key}"=eq.x'
            not_supported(f'The parameter "{key}" is not supported', hint=hint)
        else:
            where.append(read_filter(key, value))
    return Query(where=tuple(where), **values)


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
    if scanner.take("-"):
        return Item(field=Field(column=scanner.name()), is_left_out=True)
    name, alias = scanner.name(), None
    if not scanner.comes("::") and scanner.take(":"):
        name, alias = scanner.name(), name
    if name == "count" and scanner.take("()"):
        return Item(alias=alias, aggregate=name, result_cast=_any_cast(scanner))
    field = read_path(scanner, name)
    if scanner.comes("(", "!"):
        scanner.refuse("An embedded resource in select")
    cast = _any_cast(scanner)
    if not scanner.take("."):
        return Item(field=field, alias=alias, cast=cast)
    aggregate = _aggregate(scanner)
    result_cast = _any_cast(scanner)
    return Item(field=field, alias=alias, cast=cast, aggregate=aggregate, result_cast=result_cast)


def _aggregate(scanner: Scanner) -> str:
    start = scanner.at
    found = scanner.match(_WORD)
    if not found or found[0] not in AGGREGATES or not scanner.take("()"):
        scanner.at = start
        scanner.fail(" or ".join(f"{name}()" for name in AGGREGATES), known=AGGREGATES)
    return found[0]


def _any_cast(scanner: Scanner) -> str | None:
    cast = _cast(scanner) if scanner.take("::") else None
    scanner.space()
    return cast


def _cast(scanner: Scanner) -> str:
    start = scanner.at
    found = scanner.match(_WORD)
    if not found or found[0].lower() not in CASTS:
        scanner.at = start
        scanner.fail(f"a type ({', '.join(sorted(CASTS))})", known=CASTS)
    return found[0].lower()


def _order(scanner: Scanner) -> Order:
    field = read_field(scanner)
    if scanner.comes("("):
        scanner.refuse("An order by an embedded resource")
    descending = scanner.take(".desc")
    _ = descending or scanner.take(".asc")
    first = scanner.take(".nullsfirst")
    last = not first and scanner.take(".nullslast")
    scanner.space()
    if not scanner.done and not scanner.comes(","):
        expected = '".asc", ".desc", ".nullsfirst", ".nullslast", "," or end of input'
        directions = "asc", "desc", "nullsfirst", "nullslast"
        scanner.fail(expected, known=directions, hint="write column.desc")
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
        scanner.fail(" or ".join(FORMATS), known=FORMATS)
    return scanner.text


def _flag(scanner: Scanner) -> bool:
    if scanner.text not in FLAGS:
        scanner.fail("1 or 0")
    return scanner.text in ("1", "true")


def _text(scanner: Scanner) -> str:
    if not scanner.text.strip():
        scanner.fail("a value")
    return scanner.text.strip()


def _filename(scanner: Scanner) -> str:
    name = _text(scanner)
    if len(name) > LONGEST_NAME:
        scanner.fail(f"at most {LONGEST_NAME} characters")
    return name


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
    "distinct": ("distinct", _flag),
    "cursor": ("cursor", Scanner.rest),
    "as_of": ("as_of", _text),
    "filename": ("filename", _filename),
}
