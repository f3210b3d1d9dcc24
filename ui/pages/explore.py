"""Explore: filter, search, sort and export all features."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from ui.components.explore import Explore
from ui.theme import Frame

MODULES = (
    *("fmw/grid.js", "fmw/tones.js", "fmw/features.js", "fmw/filters.js", "fmw/tools.js"),
    *("fmw/days.js", "fmw/views.js", "nicegui-aggrid/index.js"),
)


def add(frame: Frame) -> None:
    """Register the page."""

    @ui.page("/explore")
    def page(request: Request) -> None:
        frame.open(request, "explore", *MODULES)
        ui.add_body_html(frame.render("loading.html", request))
        Explore()
