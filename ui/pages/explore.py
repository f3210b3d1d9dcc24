"""Explore: filter, search, sort and export all features."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from ui.components.explore import Explore
from ui.first_rows import FACETS, FirstRows
from ui.theme import Frame

MODULES = ("fmw/features.js", "fmw/grid.js", "nicegui-aggrid/index.js")


def add(frame: Frame, first: FirstRows) -> None:
    """Register the page, which shows its `first` rows before anything else."""

    @ui.page("/explore")
    async def page(request: Request) -> None:
        query = request.query_params
        rows = await first.read(query) if frame.feed.reachable else []
        frame.open(request, "explore", *MODULES)
        template = "first_rows.html" if rows else "loading.html"
        is_filtered = any(name in query for name in ("q", "changed", *FACETS))
        ui.add_body_html(frame.render(template, request, rows=rows, is_filtered=is_filtered))
        Explore()
