"""Changes: what became different, and from what; as a page, and as a feed for subscribers."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from ui.components.changes import Changes
from ui.theme import Frame


def add(frame: Frame) -> None:
    """Register the page."""

    @ui.page("/changes")
    def page(request: Request) -> None:
        frame.open(request, "changes", "fmw/history.js")
        ui.add_body_html(frame.render("loading.html", request))
        Changes()
