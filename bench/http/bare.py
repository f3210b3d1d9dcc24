"""The least a service can be that answers the same: `python -m bench.http.bare PORT CONNINFO`.

One Litestar route, a thread and a pooled connection for each answer, one COPY into one body; the
same server (uvicorn with the same options) and as many connections as the gateway has. It knows no
grammar, makes no headers, opens no transaction and cancels nothing. `/bytes/{number}` answers a
file of a folder, read when the process starts: BODIES.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import uvicorn
from litestar import Litestar, Request, Response, get
from psycopg_pool import ConnectionPool

from bench.http.processes import POOL

BODIES = "BENCH_BODIES"
"""Variable that names the folder of the files `0`, `1`, ... in which answers are."""
_OPTIONS: dict[str, LiteralString] = {
    "csv": "format csv, header true",
    "json": "format csv, quote e'\\x01', delimiter e'\\x02'",
}
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
_GROUP: LiteralString = """
select * from bench.features where feature_group = %s order by feature_id
"""
_QUERY: LiteralString = """
select * from bench.features where feature_group = %s and status = %s
order by changed_at desc, feature_id limit 50
"""


def create_app(conninfo: str) -> Litestar:
    """Return the service."""
    options = {"autocommit": True}
    pool = ConnectionPool(conninfo, min_size=POOL, max_size=POOL, kwargs=options, open=False)
    threads = ThreadPoolExecutor(POOL)
    bodies = _bodies()

    async def answer(query: LiteralString, values: list[str], form: str) -> Response[bytes]:
        loop = asyncio.get_running_loop()
        body = await loop.run_in_executor(threads, partial(copy, pool, query, values, form))
        return Response(body, media_type=_TYPES[form])

    @get("/group/{group:str}")
    async def group(group: str, form: str) -> Response[bytes]:
        return await answer(_GROUP, [group], form)

    @get("/query")
    async def query(group: str, status: str, form: str) -> Response[bytes]:
        return await answer(_QUERY, [group, status], form)

    @get("/bytes/{number:int}")
    async def known(number: int, request: Request[Any, Any, Any]) -> Response[bytes]:
        etag, headers = f'"{number}"', {"ETag": f'"{number}"'}
        if request.headers.get("if-none-match") == etag:
            return Response(b"", status_code=304, headers=headers)
        return Response(bodies[number], media_type=_TYPES["csv"], headers=headers)

    @get("/ready")
    async def ready() -> str:
        return "ready"

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        with pool, threads:
            yield

    routes = [group, query, known, ready]
    return Litestar(routes, lifespan=[lifespan], openapi_config=None, logging_config=None)


def copy(pool: ConnectionPool[Any], query: LiteralString, values: list[str], form: str) -> bytes:
    """Return the rows of a query as one body."""
    rows = "select row_to_json(f.*) from (" + query + ") as f" if form == "json" else query
    statement = "copy (" + rows + ") to stdout (" + _OPTIONS[form] + ")"
    with pool.connection() as conn, conn.cursor().copy(statement, values) as lines:
        body = b"".join(lines)
    return b"[" + body[:-1].replace(b"\n", b",\n") + b"]" if form == "json" else body


def _bodies() -> list[bytes]:
    folder = os.environ.get(BODIES)
    files = sorted(Path(folder).iterdir(), key=lambda path: int(path.name)) if folder else []
    return [path.read_bytes() for path in files]


if __name__ == "__main__":
    port, conninfo = sys.argv[1:]
    options: dict[str, Any] = {"ws": "none", "log_config": None, "access_log": False}
    uvicorn.run(create_app(conninfo), port=int(port), server_header=False, **options)
