"""Filters: conditions on columns and their JSON, joined by and / or, nested."""

from __future__ import annotations

import difflib
import re

from gateway.query import Condition, Field, Logic
from gateway.scanner import Scanner

QUANTIFIABLE = ("eq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch")
"""Operators that may compare with any or all of an array."""
OPERATORS = (*QUANTIFIABLE, "neq", "isdistinct", "cs", "cd", "ov", "in", "is")
STATES = ("null", "not_null", "true", "false", "unknown")
MAX_DEPTH = 50

_MEANT = {
    "limit=50&offset=100": "limit offset page pageno pagenumber pagesize perpage size skip top",
    "order=column.desc": "order sort sortby orderby",
    "select=one,other": "select fields columns",
    "select=count(), or the header Prefer: count=exact": "count",
    "select=column,n:count()": "groupby",
    "q=text": "search query keyword",
    "column=eq.value": "filter where",
    "format=xlsx": "format output",
    "as_of=2026-01-31": "asof",
}
"""Our way to ask for something: what it is called elsewhere, in letters only."""
_MEANT_BY = {name: ours for ours, names in _MEANT.items() for name in names.split()}
_LATER_OPERATORS = frozenset(["fts", "plfts", "phfts", "wfts", "sl", "sr", "nxr", "nxl", "adj"])
_INDEX = re.compile(r"-?\d+(?=$|[-,.:) ])")
_KEY = re.compile(r"(?:[^-,.:()>\"]|-(?!>))+")
_WORD = re.compile(r"\w+")
_ARRAY = re.compile(r'\{(?:"(?:[^"\\]|\\.)*"|[^"}])*\}', re.DOTALL)
_NOT_OR = re.compile(r"(not\.)?(and|or)(?=\()")


def read_filter(key: str, value: str) -> Condition | Logic:
    """Return what `key=value` asks for: a condition on a column, or several joined."""
    scanner = Scanner(key, "filter")
    if key in ("and", "or", "not.and", "not.or"):
        body = Scanner(value, key)
        logic = _logic(body, either=key.endswith("or"), negated=key.startswith("not."), depth=0)
        body.end()
        return logic
    field = read_field(scanner)
    if scanner.take("."):
        scanner.refuse("A filter on an embedded resource", hint="quote a name that holds a dot")
    scanner.end()
    body = Scanner(value, f"filter {key}")
    condition = _condition(body, field, key)
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
    field = read_field(scanner)
    scanner.expect(".")
    condition = _condition(scanner, field)
    scanner.space()
    return condition


def _condition(scanner: Scanner, field: Field, key: str = "") -> Condition:
    """Step over what a column is compared with; without a `key` it is a term of and / or."""
    negated = scanner.take("not.")
    start = scanner.at
    found = scanner.match(_WORD)
    operator = found[0] if found else ""
    if operator in _LATER_OPERATORS:
        scanner.at = start
        scanner.refuse(f'The operator "{operator}"')
    if operator not in OPERATORS:
        known = OPERATORS if scanner.comes(".", "(") else ()
        scanner.at = start
        hint = _hint(key, scanner) if key else None
        scanner.fail(f"an operator ({', '.join(OPERATORS)})", known=known, hint=hint)
    quantifier = _quantifier(scanner, operator)
    scanner.expect(".")
    value = _value(scanner, operator, nested=not key)
    return Condition(
        field=field, operator=operator, value=value, negated=negated, quantifier=quantifier
    )


def _hint(key: str, scanner: Scanner) -> str:
    """Return what to write for a value without an operator."""
    before, value = scanner.text[: scanner.at], scanner.text[scanner.at :].lstrip("=")
    written = f"write {key}={before}{'is' if value.casefold() == 'null' else 'eq'}.{value}"
    ours = meant(key)
    return f"Perhaps you meant {ours}; if {key} is a column, {written}" if ours else written


def meant(name: str) -> str | None:
    """Return our way to ask for what other APIs' parameters, or ours misspelt, ask for."""
    letters = re.sub("[^a-z]", "", name.casefold())
    near = difflib.get_close_matches(letters, _MEANT_BY, n=1, cutoff=0.85)
    return _MEANT_BY[near[0]] if near else None


def _quantifier(scanner: Scanner, operator: str) -> str:
    start = scanner.at
    if not scanner.take("("):
        return ""
    found = scanner.match(_WORD)
    if operator not in QUANTIFIABLE or not found or found[0] not in ("any", "all"):
        scanner.at = start
        scanner.fail(f'"." ((any) and (all) go with {", ".join(QUANTIFIABLE)})')
    scanner.expect(")")
    return found[0]


def _value(scanner: Scanner, operator: str, *, nested: bool) -> str | tuple[str, ...]:
    if operator == "in":
        return _list(scanner)
    if operator == "is":
        start = scanner.at
        found = scanner.match(_WORD)
        if not found or found[0].lower() not in STATES:
            scanner.at = start
            scanner.fail(f"one of {', '.join(STATES)}", known=STATES)
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


def read_field(scanner: Scanner) -> Field:
    """Step over a column, with the way into its JSON."""
    return read_path(scanner, scanner.name())


def read_path(scanner: Scanner, column: str) -> Field:
    """Step over the way into the JSON of a column that was read already."""
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
