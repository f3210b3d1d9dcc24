"""Detail: one feature, what it is now and how it came to be so."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from ui.components.detail import Detail
from ui.theme import Frame


def add(frame: Frame) -> None:
    """Register the page."""

    @ui.page("/f/{feature_id}")
    def page(request: Request, feature_id: str) -> None:
        frame.open(request, "detail")
        ui.add_body_html(frame.render("loading.html", request))
        Detail(feature_id)
