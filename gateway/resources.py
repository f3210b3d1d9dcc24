"""From a path to what it names, and from a request to its answer."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping

import msgspec
from litestar.types import ASGIApp

from gateway.answer import Answer, FileAnswer, Request
from gateway.cache import Known, digest_of, is_lasting, matches, not_modified
from gateway.catalog import Catalog, Relation, has_columns
from gateway.compiler import SNAPSHOT_COLUMNS, Compiler
from gateway.copying import Task
from gateway.errors import ApiError
from gateway.formats import CSV, EXCEL, Format, negotiate
from gateway.grammar import parse_query
from gateway.preferences import Preferences, read_preferences, within
from gateway.query import Condition, Query, equals
from gateway.reader import Reader

SHORT = 1000
"""A request for at most this many rows is a short answer, not a stream."""

COUNTABLE = 200_000
"""Relations of up to this many rows are counted for Content-Range even when nobody asked."""

MAX_QUERY = 32_768
"""Most bytes of a query string."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What a path names: a relation, or the rows of one feature group."""

    name: str
    relation: Relation
    where: tuple[Condition, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says, before anybody knows whether that exists."""

    query: Query
    form: Format
    preferences: Preferences
    is_cut: bool
    """The server's own limit is lower than the client's."""
    has_body: bool
    started: float


async def answer(
    reader: Reader,
    name: str,
    query_string: bytes,
    headers: Mapping[str, str],
    *,
    default: str,
    max_rows: int = 0,
    has_body: bool = True,
) -> ASGIApp:
    """Return the answer to a read of the resource `name`; raises `ApiError`.

    `default` is the format for clients that accept anything; `max_rows` 0 = no limit.
    """
    started = time.perf_counter()
    if len(query_string) > MAX_QUERY:
        raise ApiError(414, "PGRST100", f"The query string is longer than {MAX_QUERY} bytes")
    query = parse_query(query_string)
    query = within(query, headers.get("range")) if has_body else query
    is_cut = bool(max_rows) and (query.limit is None or query.limit > max_rows)
    asked = Asked(
        query=msgspec.structs.replace(query, limit=max_rows) if is_cut else query,
        form=_format(query, negotiate(query.format, headers, default)),
        preferences=read_preferences(headers.get("prefer", "")),
        is_cut=is_cut,
        has_body=has_body,
        started=started,
    )
    try:
        request = _understand(await reader.catalog(), name, asked)
    except ApiError as exc:
        if exc.code not in ("PGRST205", "42703"):
            raise
        request = _understand(await reader.catalog(newer=True), name, asked)
    made = FileAnswer if request.task.form.is_file and has_body else Answer
    return _known(reader, request, headers.get("if-none-match")) or made(reader, request)


def _understand(catalog: Catalog, name: str, asked: Asked) -> Request:
    """Look up what a request names and make its statements; raises `ApiError`."""
    resource, form = _existing(catalog, name), asked.form
    query = msgspec.structs.replace(asked.query, where=(*resource.where, *asked.query.where))
    compiler = Compiler(query, resource.relation, form)
    copy = compiler.copy()  # also without a body: HEAD refuses what GET refuses
    streams = asked.has_body and (query.limit is None or query.limit > SHORT)
    is_countable = streams and 0 <= resource.relation.estimate <= COUNTABLE
    is_counted = asked.preferences.counts or asked.is_cut or form.is_single or bool(query.facets)
    has_snapshot = has_columns(catalog.relations.get("snapshot"), *SNAPSHOT_COLUMNS)
    lasts = has_snapshot and is_lasting(query, resource.relation)
    made_of = resource.name, form.media_type, form.is_excel, copy, query.facets, asked.is_cut
    return Request(
        resource=resource.name,
        relation=resource.relation,
        query=query,
        task=Task(
            form=form,
            copy=copy if asked.has_body else None,
            total=compiler.total() if is_counted or is_countable or not asked.has_body else None,
            facets=compiler.facets() if query.facets and asked.has_body else None,
            snapshot=compiler.snapshot() if has_snapshot else None,
            types=compiler.types() if form.is_file else [],
            timezone=asked.preferences.timezone,
        ),
        streams=streams,
        preferences=asked.preferences,
        is_cut=asked.is_cut,
        digest=digest_of(*made_of, asked.preferences) if lasts else "",
        started=asked.started,
    )


def _known(reader: Reader, request: Request, if_none_match: str | None) -> Known | None:
    """Return what can be answered without the database: that nothing changed, or a kept answer."""
    shown = reader.shown
    if not (request.digest and shown):
        return None
    etag = shown.etag(request.digest)
    if matches(if_none_match, etag):
        return not_modified(etag, shown)
    return reader.cache.get(etag, shown) if request.task.copy else None


def find(catalog: Catalog, name: str) -> Resource | None:
    """Return what `name` means: a relation, `all` for features, or a feature group."""
    name = unicodedata.normalize("NFC", name)
    if relation := catalog.relations.get(name):
        return Resource(name=name, relation=relation)
    features = catalog.relations.get("features")
    if features and name == "all":
        return Resource(name=name, relation=features)
    group = catalog.group(name)
    if features and group:
        return Resource(name=group, relation=features, where=(equals("feature_group", group),))
    return None


def _existing(catalog: Catalog, name: str) -> Resource:
    resource = find(catalog, name)
    if resource is None and "/" in name:
        raise ApiError(404, "PGRST125", "Invalid path specified in request URL")
    if resource is None:
        near = catalog.near(name)
        message = f"Could not find '{catalog.schema}.{name}' in the schema cache"
        hint = f"Perhaps you meant '{near}'" if near else None
        raise ApiError(404, "PGRST205", message, hint=hint)
    return resource


def _format(query: Query, form: Format) -> Format:
    if query.facets and (form.name != "json" or form.is_single):
        hint = "add format=json"
        raise ApiError(400, "PGRST100", "Facets are only part of JSON answers", hint=hint)
    if query.excel and form is not CSV:
        raise ApiError(400, "PGRST100", "bom=1 is for CSV", hint="add format=csv")
    return EXCEL if query.excel else form
