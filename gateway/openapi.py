"""The exposed schema as an OpenAPI 3.1 document: what the catalog and its comments say."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from db.parquet import plain_type
from gateway.catalog import Catalog, Column, Relation
from gateway.dev import SyncRequest
from gateway.formats import FORMATS
from gateway.grammar import FLAGS, PARAMETERS

Json = dict[str, Any]

_EXAMPLES = {"N": "gte.1", "D": "gte.2026-01-01", "B": "is.true", "S": "ilike.*a*"}
"""A filter by the category of the column's type."""
_WHOLE = ("smallint", "integer", "bigint")
_NUMBERS = ("numeric", "real", "double precision")

_SAID: dict[str, tuple[Json, str]] = {
    "select": ({"type": "string"}, "Columns, `alias:column`, `column::type`, `count()`"),
    "order": (
        {"type": "string", "minLength": 1},
        "Columns; `.desc`, `.nullsfirst`, `.nullslast`",
    ),
    "limit": ({"type": "integer", "minimum": 0}, "Rows of the page"),
    "offset": ({"type": "integer"}, "Rows before the page; less than 0 = 0"),
    "q": ({"type": "string"}, "A text to look for"),
    "facets": ({"type": "string"}, "Columns whose values are counted; only with format=json"),
    "format": ({"type": "string", "enum": list(FORMATS)}, "Goes before Accept"),
    "bom": ({"type": "string", "enum": FLAGS}, "1 = CSV for Excel"),
    "distinct": ({"type": "string", "enum": FLAGS}, "1 = rows that are alike are one"),
    "cursor": ({"type": "string"}, "Empty, or what X-Next-Cursor said"),
    "as_of": ({"type": "string"}, "The moment whose state is wanted"),
    "filename": ({"type": "string"}, "Of the file the client makes"),
}
_LOGIC = ("and", "or", "not.and", "not.or")
_HEADERS = {
    "Prefer": "count=exact, timezone=Asia/Seoul, handling=strict",
    "Range": "Rows, such as 0-19",
    "If-None-Match": "The ETag of the answer you have",
}
_ANSWERED = {
    "Content-Range": "First and last row of the page / rows in all, or *",
    "ETag": "The validator, of what is read from materialized views",
    "X-Snapshot-Version": "The snapshot the rows are from",
    "X-Data-As-Of": "When its sources were last checked",
    "X-Next-Cursor": "Where the next page begins",
    "X-Truncated": "The server's own limit cut the answer",
    "Warning": "The answer is from files, because the database does not answer",
}
DEV = "/api/dev"
[_SYNC_REQUEST], _SYNC_SCHEMAS = msgspec.json.schema_components(
    [SyncRequest], ref_template="#/components/schemas/{name}"
)
SYNC_RUN: Json = {
    "/sync/run": {
        "post": {
            "operationId": "request sync",
            "summary": "Ask for a sync of the named sources, or of all",
            "requestBody": {"content": {"application/json": {"schema": _SYNC_REQUEST}}},
            "responses": {
                "202": {"description": "The runs are queued; Location says where they are"},
                **{
                    status: {"$ref": "#/components/responses/Refusal"}
                    for status in ("400", "403", "404", "405", "409", "503")
                },
            },
        }
    }
}
_REFUSALS = {
    "400": "The request cannot be understood, or a value does not fit its column",
    "404": "There is no such resource",
    "405": "Only GET and HEAD, and POST of a query",
    "406": "Nothing that is accepted can be made",
    "413": "The body is too long",
    "414": "The query string is too long",
    "416": "There is no such page",
    "503": "The database does not answer, or too many wait; ask again",
    "504": "The query took too long",
}


def document(catalog: Catalog, prefix: str) -> Json:
    """Return the document of a schema that is served under `prefix`."""
    paths: Json = SYNC_RUN if prefix == DEV else {}
    for name, relation in sorted(catalog.relations.items()):
        paths = paths | _paths(name, relation)
    features = catalog.relations.get("features")
    if features and prefix != DEV:
        paths = paths | _paths("all", features)
        if catalog.groups:
            paths = paths | _group_paths(features)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"FMW {prefix}",
            "version": "1",
            "description": "Read-only; the query grammar is PostgREST's.",
        },
        "servers": [{"url": prefix}],
        "paths": paths,
        "components": _components(catalog),
    }


def _paths(name: str, relation: Relation) -> Json:
    path = f"/{quote(name, safe='/')}"
    get = _operation(name, relation)
    body = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
    query = {
        "operationId": f"query {name}",
        "summary": f"{_title(relation)} (a long query in the body)",
        "requestBody": body,
        "responses": get["responses"],
    }
    head = get | {"operationId": f"head {name}", "responses": _without_bodies(get["responses"])}
    return {path: {"get": get, "head": head}, f"{path}/query": {"post": query}}


def _group_paths(features: Relation) -> Json:
    get = _operation("group", features)
    get["parameters"] = [
        {
            "name": "feature_group",
            "in": "path",
            "required": True,
            "description": "A feature group, by its name or an alias",
            "schema": {"type": "string", "minLength": 1},
        },
        *get["parameters"],
    ]
    return {"/{feature_group}": {"get": get}}


def _operation(name: str, relation: Relation) -> Json:
    commons = [p for p in (*PARAMETERS, *_LOGIC) if p != "as_of" or relation.past]
    return {
        "operationId": f"read {name}",
        "summary": _title(relation),
        "description": relation.comment or "",
        "parameters": [
            *({"$ref": f"#/components/parameters/{common}"} for common in (*commons, *_HEADERS)),
            *map(_filter, relation.columns.values()),
        ],
        "responses": _responses(f"#/components/schemas/{_component(relation.name)}"),
    }


def _title(relation: Relation) -> str:
    return (relation.comment or relation.name).partition("\n")[0]


def _filter(column: Column) -> Json:
    name = f'"{column.name}"' if column.name in (*PARAMETERS, *_LOGIC) else column.name
    described = f"{column.comment or ''} ({column.type})".strip()
    example = _EXAMPLES.get(column.category, "is.null")
    schema = {"type": "string", "minLength": 1}
    return {
        "name": name, "in": "query", "description": described, "schema": schema, "example": example
    }  # fmt: skip


def _responses(row: str) -> Json:
    rows = {"type": "array", "items": {"$ref": row}}
    faceted = {"$ref": "#/components/schemas/Faceted"}
    content: Json = {form.media_type.partition(";")[0]: {} for form in FORMATS.values()}
    content["application/json"] = {"schema": {"oneOf": [rows, faceted]}}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _ANSWERED}
    return {
        "200": {"description": "The rows", "headers": headers, "content": content},
        "206": {"description": "A part of them", "headers": headers, "content": content},
        "304": {"description": "Nothing has changed"},
        **{status: {"$ref": "#/components/responses/Refusal"} for status in _REFUSALS},
    }


def _without_bodies(responses: Json) -> Json:
    return {
        status: {key: value for key, value in response.items() if key != "content"}
        if "content" in response
        else response
        for status, response in responses.items()
    }


def _components(catalog: Catalog) -> Json:
    parameters = {
        name: {"name": name, "in": "query", "description": said, "schema": schema}
        for name, (schema, said) in _SAID.items()
    }
    text: Json = {"type": "string"}
    group = text | {"pattern": r"^\(.+\)$"}
    for name in _LOGIC:
        said = "Filters that are joined, such as (a.eq.1,b.is.null)"
        parameters[name] = {"name": name, "in": "query", "description": said, "schema": group}
    for name, said in _HEADERS.items():
        parameters[name] = {"name": name, "in": "header", "description": said, "schema": text}
    texts = {"type": ["string", "null"]}
    error = {
        "type": "object",
        "required": ["code", "message", "details", "hint"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}}
        | {"details": texts, "hint": texts},
    }
    faceted = {
        "type": "object",
        "required": ["rows", "facets", "total"],
        "properties": {"rows": {"type": "array"}, "facets": {"type": "object"}}
        | {"total": {"type": "integer"}},
    }
    refusals = "; ".join(f"{status}: {reason}" for status, reason in _REFUSALS.items())
    schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {
        "parameters": parameters,
        "headers": {
            name: {"description": said, "schema": text} for name, said in _ANSWERED.items()
        },
        "responses": {
            "Refusal": {"description": refusals, "content": {"application/json": schema}}
        },
        "schemas": {"Error": error, "Faceted": faceted, **_SYNC_SCHEMAS}
        | {_component(name): _row(relation) for name, relation in catalog.relations.items()},
    }


def _component(name: str) -> str:
    """Return a name that OpenAPI allows for a component."""
    return "row." + quote(name, safe="").replace("%", "_").replace("~", "_")


def _row(relation: Relation) -> Json:
    return {
        "type": "object",
        "title": relation.name,
        "description": relation.comment or "",
        "properties": {name: _value(column) for name, column in relation.columns.items()},
    }


def _value(column: Column) -> Json:
    kind = plain_type(column.type)
    said: Json = {"description": column.comment or column.name}
    if column.is_json or column.category in ("A", "C"):
        return said
    if kind in _WHOLE:
        return said | {"type": ["integer", "null"]}
    if kind in _NUMBERS:
        return said | {"type": ["number", "string", "null"]}
    return said | {"type": ["boolean" if kind == "boolean" else "string", "null"]}
