"""Overview: how many features there were each day."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from ui.components.overview import Overview
from ui.theme import Frame


def add(frame: Frame) -> None:
    """Register the page."""

    @ui.page("/overview")
    def page(request: Request) -> None:
        frame.open(request, "overview")
        ui.add_body_html(frame.render("loading.html", request))
        Overview()
