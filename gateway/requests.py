"""What a call asks for: looked up, checked, made into statements; once for each different call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from gateway import cursors
from gateway.cache import digest_of, is_lasting
from gateway.catalog import Catalog, Relation, has_columns
from gateway.compiler import SNAPSHOT_COLUMNS, Compiler
from gateway.copying import Task
from gateway.duck import compiler_for
from gateway.errors import ApiError
from gateway.formats import CSV, EXCEL, JSON, PARQUET, Format, disposition, negotiate
from gateway.grammar import parse_query
from gateway.preferences import Preferences, read_preferences, within
from gateway.query import Query
from gateway.resources import existing

SHORT = 1000
"""A request for at most this many rows is a short answer, not a stream."""

MAX_QUERY = 32_768
"""Most bytes of a query string."""

MAX_LOCATION = 1024
"""Most bytes of Content-Location: proxies have little room for headers."""

REMEMBERED = 2048
"""Calls whose meaning is remembered."""

MEMORABLE = 2048
"""Most bytes of a query string that is remembered."""

HEADERS = ("accept", "accept-encoding", "accept-profile", "prefer", "range", "x-client-info")
"""Those of a request that decide what its answer is made of."""

_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$))", re.IGNORECASE)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What came in, as far as it decides what the answer is made of."""

    path: str
    name: str
    """Of the resource."""
    query_string: bytes
    headers: tuple[str, ...]
    """The values of `HEADERS`; see `deciding`."""
    has_body: bool
    """Its answer has one."""
    is_posted: bool = False
    """The query string came as a body, and may be long."""
    default: str
    """The format for clients that accept anything."""
    max_rows: int
    """0 = no limit."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was understood."""

    resource: str
    relation: Relation
    query: Query
    task: Task
    location: str
    """Its address in the one way to write it; empty if that is too long for a header."""
    disposition: str
    """What the client should do with the body, and what to call it."""
    order: str
    """Which its cursors are marked with."""
    streams: bool
    """It may be long: it takes one of the fewer places for streams."""
    file: str
    """The snapshot file that is the whole answer; empty = none is."""
    packs: bool
    """The body goes out as gzip, if that is worth it."""
    preferences: Preferences
    is_cut: bool
    """The server's own limit is lower than the client's."""
    digest: str
    """What the answer is made of, if it lasts as long as the snapshot; else empty."""


def deciding(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of `HEADERS`, empty where not given; of encodings only whether gzip is."""
    found = {name: headers.get(name, "") for name in HEADERS}
    found["accept-encoding"] = "gzip" if _GZIP.search(found["accept-encoding"]) else ""
    return tuple(found.values())


def understand(catalog: Catalog, call: Call) -> Request:
    """Look up what a call names and make its statements; raises `ApiError`."""
    size = len(call.query_string)
    if size > MAX_QUERY and not call.is_posted:
        hint = "send it as the body of POST .../query"
        message = f"The query string is longer than {MAX_QUERY} bytes"
        raise ApiError(414, "PGRST100", message, hint=hint)
    return (_remembered if size <= MEMORABLE else _understand)(catalog, call)


def _understand(catalog: Catalog, call: Call) -> Request:
    headers = dict(zip(HEADERS, call.headers, strict=True))
    _check_profile(headers["accept-profile"], catalog.schema)
    asked = parse_query(call.query_string)
    asked = within(asked, headers["range"]) if call.has_body else asked
    asked = asked if asked.cursor is None else _page(asked)
    preferences = read_preferences(headers["prefer"])
    resource = existing(catalog, call.name)
    form = _format(asked, negotiate(asked.format or resource.format, headers, call.default))
    is_cut = bool(call.max_rows) and (asked.limit is None or asked.limit > call.max_rows)
    query = msgspec.structs.replace(
        asked,
        where=(*resource.where, *asked.where),
        limit=call.max_rows if is_cut else asked.limit,
    )
    compiler = compiler_for(resource.relation)(query, resource.relation, form)
    rows = compiler.rows()  # also without a body: HEAD refuses what GET refuses
    task = Task(
        form=form,
        asks=_asks(catalog, call, compiler, counts=preferences.counts or is_cut),
        rows=rows if call.has_body else None,
        names=compiler.names() if resource.relation.is_file else [],
        types=compiler.types() if form.is_file else [],
        timezone=compiler.zone(preferences.timezone) if preferences.timezone else None,
    )
    packs = bool(headers["accept-encoding"]) and not form.is_file
    pages = query.cursor is not None
    made_of = form.media_type, form.is_excel, rows, query.facets, pages, query.filename
    said = is_cut, packs, preferences, catalog.timezone
    lasts = "snapshot" in task.asks and is_lasting(query, resource.relation)
    is_plain = lasts and call.has_body and preferences == _NO_PREFERENCES
    return Request(
        resource=resource.name,
        relation=resource.relation,
        query=query,
        task=task,
        location=_location(call),
        disposition=disposition(form, query.filename or resource.name),
        order=compiler.order() if "cursor" in task.asks else "",
        streams=_streams(call, query),
        file=_file(query, resource.relation, form, packs=packs) if is_plain else "",
        packs=packs,
        preferences=preferences,
        is_cut=is_cut,
        digest=digest_of(resource.name, *made_of, *said) if lasts else "",
    )


def _asks(catalog: Catalog, call: Call, compiler: Compiler, *, counts: bool) -> dict[str, bytes]:
    """Return what has to be known before the body."""
    query, relation, form = compiler.query, compiler.relation, compiler.form
    counts = counts or form.is_single or bool(query.facets)
    has_snapshot = has_columns(catalog.relations.get("snapshot"), *SNAPSHOT_COLUMNS)
    asks = {}
    if query.cursor is not None and query.limit and call.has_body:
        asks["cursor"] = compiler.cursor()
    if counts or not call.has_body:
        asks["total"] = compiler.total()
    if query.facets and call.has_body:
        asks["facets"] = compiler.facets()
    if has_snapshot and not relation.is_file:
        asks["snapshot"] = compiler.snapshot()
    return asks


def _streams(call: Call, query: Query) -> bool:
    return call.has_body and (query.limit is None or query.limit > SHORT)


_NO_PREFERENCES = Preferences()
_remembered = lru_cache(REMEMBERED)(_understand)


def _format(query: Query, form: Format) -> Format:
    if query.facets and (form.name != "json" or form.is_single):
        hint = "add format=json"
        raise ApiError(400, "PGRST100", "Facets are only part of JSON answers", hint=hint)
    if query.excel and form is not CSV:
        raise ApiError(400, "PGRST100", "bom=1 is for CSV", hint="add format=csv")
    return EXCEL if query.excel else form


def _file(query: Query, relation: Relation, form: Format, *, packs: bool) -> str:
    """Return the name of the snapshot file that has all this asks for, if it asks for all."""
    if msgspec.structs.replace(query, format=None, filename="") != Query():
        return ""
    if form is CSV:
        return f"{relation.name}.csv{'.gz' if packs else ''}"
    if form is PARQUET or (form is JSON and not packs):
        return f"{relation.name}.{form.name}"
    return ""


def _page(query: Query) -> Query:
    """Return a request for a page by cursor: it has a size, and begins where the last ended."""
    if query.offset:
        raise ApiError(400, "PGRST100", "A cursor does not go with offset or Range")
    return query if query.limit is not None else msgspec.structs.replace(query, limit=cursors.PAGE)


def _check_profile(profile: str, schema: str) -> None:
    if profile not in ("", "public", schema):
        details = f"Invalid schema: {profile}"
        hint = f"Only the following schemas are exposed: {schema}"
        raise ApiError(406, "PGRST106", "Invalid schema", details=details, hint=hint)


def _location(call: Call) -> str:
    if call.is_posted:
        return ""
    pairs = sorted(parse_qsl(call.query_string.decode("ascii"), keep_blank_values=True))
    location = quote(call.path) + (f"?{urlencode(pairs)}" if pairs else "")
    return location if len(location) <= MAX_LOCATION else ""
