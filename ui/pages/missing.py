"""What a reader sees at an address that does not exist."""

from __future__ import annotations

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, Response
from nicegui import app
from starlette.exceptions import HTTPException

from ui.theme import Frame, module_path


def add(frame: Frame) -> None:
    """Answer unknown addresses with a page of ours: plain HTML, so no client is kept for it."""

    async def missing(request: Request, error: Exception) -> Response:
        if "endpoint" in request.scope and isinstance(error, HTTPException):
            return await http_exception_handler(request, error)  # a file or API of ours said so
        modules = module_path("fmw/")
        page = frame.render("missing.html", request, screen="", preload=[], modules=modules)
        return HTMLResponse(page, 404, {"Cache-Control": "no-store"})

    app.add_exception_handler(404, missing)
