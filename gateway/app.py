"""The gateway's routes: `/api/v1` reads the exposed schema, `/api/dev` is the admins'."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, TypeAlias

import psycopg
from litestar import Litestar, Request, Response, asgi, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from db.connection import OPS
from fmw.errors import SettingsError
from fmw.settings import Settings
from gateway.dev import request_sync
from gateway.errors import ApiError, absent, from_database, no_path, not_allowed
from gateway.formats import FORMATS
from gateway.manual import manual_of
from gateway.metrics import Metrics
from gateway.observer import Observer
from gateway.openapi import DEV
from gateway.reader import Reader
from gateway.reading import READS, Reading
from gateway.reports import reports_of
from gateway.request_log import RequestLog

PUBLIC = "/api/v1"
DEV_SCHEMA = "ops"
DEV_POOL = 2

AnyRequest: TypeAlias = Request[Any, Any, Any]
_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> Litestar:
    """Return the gateway; its pools live as long as its lifespan.

    Raises `SettingsError` for a default format nobody can make.
    """
    _check_format(settings.gateway_format)
    public = _public(settings)
    admin = Reader(settings, DEV_SCHEMA, OPS, DEV_POOL, listens=False)
    log = RequestLog(settings) if settings.gateway_request_log else None
    metrics = Metrics((public, admin), log)
    reads = Reading(public, PUBLIC, settings.gateway_format, max_rows=settings.gateway_max_rows)
    admin_reads = Reading(admin, DEV, settings.gateway_format, slash="_")

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with public.running(), admin.running(), log.running() if log else nullcontext():
            yield

    @route("/api/dev/sync/run", http_method="POST")
    async def sync_run(request: AnyRequest) -> Response[bytes]:
        return await request_sync(admin, request)

    app = Litestar(
        [
            asgi(PUBLIC, is_mount=True, copy_scope=False)(reads.answer),
            asgi(DEV, is_mount=True, copy_scope=False)(admin_reads.answer),
            sync_run,
            *reports_of(settings, log),
            *_health(public),
            metrics.route(),
            *manual_of(public, PUBLIC, settings.gateway_format),
            *manual_of(admin, DEV, settings.gateway_format),
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
        if not await reader.is_alive():
            raise absent()
        return Response("ready\n", media_type="text/plain")

    return [live, ready]


def _check_format(name: str) -> None:
    if name not in FORMATS:
        raise SettingsError(f"gateway_format is {name!r}", hint=f"use {', '.join(FORMATS)}")


def _refused(request: AnyRequest, exc: HTTPException) -> Response[bytes]:
    """Answer what the router refuses: unknown paths and methods."""
    if exc.status_code == 404:
        return no_path().response()
    if exc.status_code == 405:
        allowed = (exc.headers or {}).get("allow", "").split(", ")
        return not_allowed(request.method, [one for one in allowed if one != "OPTIONS"]).response()
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
