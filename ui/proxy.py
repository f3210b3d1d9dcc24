"""Hand the browser's reads to the gateway from the viewer's own origin, when nginx does not."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from nicegui import app

_log = logging.getLogger(__name__)

_REQUEST_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "if-none-match", "prefer", "range", "range-unit"),
        *("content-type", "user-agent", "sec-fetch-site"),
    }
)
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "date"})


def add(path: str, gateway: str) -> None:
    """Serve reads of `path`/*, and what pages report, from the same path of the gateway.

    Status, headers and body pass unchanged. A gateway that cannot be reached is a 502 in the
    gateway's own error shape.
    """
    client = httpx.AsyncClient(base_url=gateway, timeout=60.0, trust_env=False)
    app.on_shutdown(client.aclose)

    async def forward(request: Request, rest: str) -> Response:
        if ".." in rest.split("/"):  # httpx would resolve it, out of `path` and into /api/dev
            return _problem(404, "No such resource", rest)
        origin = request.headers.get("origin", "")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return _problem(403, "A page of another site may not report anything", origin)
        url = httpx.URL(f"{gateway}{path}/").copy_with(raw_path=_target(request))
        headers = {k: v for k, v in request.headers.items() if k in _REQUEST_HEADERS}
        headers["x-forwarded-for"] = request.client.host if request.client else ""
        try:
            body = request.stream() if request.method == "POST" else None
            outgoing = client.build_request(request.method, url, headers=headers, content=body)
            answer = await client.send(outgoing, stream=True)
        except httpx.TransportError as exc:
            _log.warning("gateway does not answer: %s", exc)
            return _problem(502, "The gateway does not answer", str(exc))
        kept = {k: v for k, v in answer.headers.items() if k not in _HOP_BY_HOP}
        return StreamingResponse(_body(answer), answer.status_code, kept)

    app.add_api_route(path + "/rpc/{rest:path}", forward, methods=["POST"], response_model=None)
    app.add_api_route(path + "/{rest:path}", forward, methods=["GET", "HEAD"], response_model=None)


def _target(request: Request) -> bytes:
    raw: bytes = request.scope["raw_path"].split(b"?")[0]
    query: bytes = request.scope["query_string"]
    return raw + b"?" + query if query else raw


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def _problem(status: int, message: str, details: str) -> Response:
    content = {"code": f"VIEWER{status}", "message": message, "details": details, "hint": None}
    return JSONResponse(content, status)
