"""Keyset paging: a cursor says where a page ended, in the order of its request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec
from sqlglot import exp

from gateway.cache import digest_of
from gateway.errors import ApiError
from gateway.trees import call, cast, join, literal

PAGE = 1000
"""Rows of a page whose request does not say how many."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an order."""

    value: exp.Expression
    descending: bool
    nulls_first: bool
    may_be_null: bool


def write(order: str, values: bytes) -> str:
    """Return the cursor behind a row, from the JSON array of its values; `order` as in `read`."""
    return base64.urlsafe_b64encode(_mark(order) + values).decode().rstrip("=")


def read(cursor: str, order: str, size: int) -> list[str | None]:
    """Return the values of the row a cursor is behind; `order` is the SQL of its `size` keys.

    Raises `ApiError` 400 for what is none, or one of another order.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, values = raw[:_MARK], msgspec.json.decode(raw[_MARK:], type=list[str | None])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _wrong("The cursor is none of ours") from None
    if mark != _mark(order) or len(values) != size:
        raise _wrong("The cursor belongs to a request with another order")
    return values


def values_of(keys: Sequence[Key], function: str) -> exp.Expression:
    """Return the values of a row as a JSON array of texts, made by `function`."""
    return call(function, *(cast(key.value.copy(), "text") for key in keys))


def behind(keys: Sequence[Key], values: Sequence[str | None]) -> exp.Expression:
    """Return the condition that a row comes after the one with these values."""
    ways, same = [], list[exp.Expression]()
    for key, value in zip(keys, values, strict=True):
        ways.append(join(exp.And, [*same, _after(key, value)]))
        same = [*same, _same(key, value)]
    found: exp.Expression = exp.Paren(this=join(exp.Or, [exp.Paren(this=way) for way in ways]))
    first, start = keys[0], values[0]
    if start is not None and not first.may_be_null:
        # so that an index finds where to begin
        kind = exp.LTE if first.descending else exp.GTE
        found = exp.And(
            this=kind(this=first.value.copy(), expression=literal(start)), expression=found
        )
    return found


_MARK = 12


def _mark(order: str) -> bytes:
    return digest_of(order)[:_MARK].encode()


def _after(key: Key, value: str | None) -> exp.Expression:
    is_null = exp.Is(this=key.value.copy(), expression=exp.null())
    if value is None:
        return exp.Not(this=is_null) if key.nulls_first else exp.false()
    kind = exp.LT if key.descending else exp.GT
    after = kind(this=key.value.copy(), expression=literal(value))
    if key.nulls_first or not key.may_be_null:
        return after
    return exp.Paren(this=exp.Or(this=after, expression=is_null))


def _same(key: Key, value: str | None) -> exp.Expression:
    if value is None:
        return exp.Is(this=key.value.copy(), expression=exp.null())
    return exp.EQ(this=key.value.copy(), expression=literal(value))


def _wrong(message: str) -> ApiError:
    hint = "begin with cursor= and send back what X-Next-Cursor says"
    return ApiError(400, "PGRST100", message, hint=hint)
