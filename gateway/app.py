"""The gateway's routes: `/api/v1` reads the exposed schema, `/api/dev` is the admins'."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, TypeAlias

import psycopg
from litestar import Litestar, Request, Response, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Method

from db.connection import OPS
from fmw.errors import SettingsError
from fmw.settings import Settings
from gateway.dev import request_sync
from gateway.errors import ApiError, from_database, not_allowed
from gateway.formats import FORMATS
from gateway.manual import manual_of
from gateway.metrics import Metrics
from gateway.observer import Observer
from gateway.posted import query_of
from gateway.reader import Reader
from gateway.request_log import RequestLog
from gateway.requests import Call, deciding
from gateway.resources import QUERY
from gateway.respond import respond

ANY_PATH = "/api/v1/{name:path}"
"""The name of a group may hold a slash."""
DEV_SCHEMA = "ops"
DEV_POOL = 2
DEV_QUERIES = ["/api/dev/{name:str}/query", "/api/dev/{name:str}/{rest:str}/query"]
DEV_PATHS = ["/api/dev/{name:str}", "/api/dev/{name:str}/{rest:str}"]
READS: list[Method] = ["GET", "HEAD"]

AnyRequest: TypeAlias = Request[Any, Any, Any]
_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Litestar:
    """Return the gateway; its pools live as long as its lifespan.

    Raises `SettingsError` for a default format nobody can make.
    """
    _check_format(settings.gateway_format)
    public = _public(settings)
    admin = Reader(settings, DEV_SCHEMA, OPS, DEV_POOL, listens=False)
    log = RequestLog(settings, "gateway") if settings.gateway_request_log else None
    metrics = Metrics((public, admin), log)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with public.running(), admin.running(), log.running() if log else nullcontext():
            yield

    @route(ANY_PATH, http_method=[*READS, "POST", "OPTIONS"])
    async def read(request: AnyRequest) -> ASGIApp:
        return await _answer(public, request, settings, max_rows=settings.gateway_max_rows)

    @route(DEV_PATHS, http_method=READS)
    async def read_ops(request: AnyRequest) -> ASGIApp:
        return await _answer(admin, request, settings)

    @route(DEV_QUERIES, http_method="POST")
    async def query_ops(request: AnyRequest) -> ASGIApp:
        return await _answer(admin, request, settings)

    @route("/api/dev/sync/run", http_method="POST")
    async def sync_run(request: AnyRequest) -> Response[bytes]:
        return await request_sync(admin, request)

    app = Litestar(
        [
            *(read, read_ops, query_ops, sync_run),
            *_health(public),
            metrics.route(),
            *manual_of(public, "/api/v1", settings.gateway_format),
            *manual_of(admin, "/api/dev", settings.gateway_format),
        ],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        exception_handlers=_HANDLERS,
    )
    # around the router, too: what it refuses is a request like others
    observer = Observer(app.asgi_handler, metrics, *([log] if log else []))
    app.asgi_handler = metrics.observer = observer
    return app


def _public(settings: Settings) -> Reader:
    schema, role, size = settings.gateway_schema, settings.gateway_role, settings.gateway_pool
    path = [name.strip() for name in settings.gateway_search_path.split(",") if name.strip()]
    return Reader(settings, schema, role, size, listens=True, search_path=path)


def _health(reader: Reader) -> list[HTTPRouteHandler]:
    @route("/live", http_method=READS)
    async def live() -> Response[str]:
        return Response("live\n", media_type="text/plain")

    @route("/ready", http_method=READS)
    async def ready() -> Response[str]:
        await reader.run(reader.check)
        return Response("ready\n", media_type="text/plain")

    return [live, ready]


def _check_format(name: str) -> None:
    if name not in FORMATS:
        raise SettingsError(f"gateway_format is {name!r}", hint=f"use {', '.join(FORMATS)}")


async def _answer(
    reader: Reader, request: AnyRequest, settings: Settings, *, max_rows: int = 0
) -> ASGIApp:
    name = "_".join(request.path_params.values()).removeprefix("/")
    query_string, is_posted = request.scope["query_string"], request.method == "POST"
    if is_posted and request.scope["path"].endswith(QUERY):
        name = name.removesuffix(QUERY)
        content_type = request.headers.get("content-type", "")
        query_string = query_of(query_string, await request.body(), content_type)
    elif request.method not in READS:
        allowed = _allowed(request)
        if request.method != "OPTIONS":
            raise not_allowed(request.method, allowed)
        return ASGIResponse(status_code=204, headers={"Allow": ", ".join(allowed)})
    call = Call(
        headers=deciding(request.headers),
        path=request.scope["path"],
        name=name,
        query_string=query_string,
        default=settings.gateway_format,
        max_rows=max_rows,
        has_body=request.method != "HEAD",
        is_posted=is_posted,
    )
    return await respond(reader, call, request.headers.get("if-none-match"))


def _allowed(request: AnyRequest) -> list[Method]:
    """Return what may be asked of a path."""
    return ["POST"] if request.scope["path"].endswith((QUERY, "/sync/run")) else READS


def _refused(request: AnyRequest, exc: HTTPException) -> Response[bytes]:
    """Answer what the router refuses: unknown paths and methods."""
    if exc.status_code == 404:
        return ApiError(404, "PGRST125", "Invalid path specified in request URL").response()
    if exc.status_code == 405:
        return not_allowed(request.method, _allowed(request)).response()
    return ApiError(exc.status_code, "PGRST100", exc.detail).response()


def _failed(request: AnyRequest, exc: Exception) -> Response[bytes]:
    """Answer an error of ours: the log gets the traceback, the client does not."""
    _log.error("%s %s failed", request.method, request.scope["path"], exc_info=exc)
    hint = "the gateway's log says more"
    return ApiError(500, "PGRSTX00", "Internal error", hint=hint).response()


_HANDLERS: Any = {
    ApiError: lambda _, exc: exc.response(),
    psycopg.Error: lambda _, exc: from_database(exc).response(),
    HTTPException: _refused,
    Exception: _failed,
}
