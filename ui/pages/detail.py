"""Detail: one feature, what it is now and how it came to be so."""

from __future__ import annotations

import re

from fastapi import Request
from nicegui import app, ui

from ui.components.detail import Detail
from ui.existence import Existence
from ui.theme import Frame

_ID = re.compile(r"[0-9]{1,18}")
"""What fits into a bigint."""


def add(frame: Frame, existence: Existence) -> None:
    """Register the page; `existence` decides between the statuses 200 and 404."""
    app.on_shutdown(existence.close)

    @ui.page("/f/{feature_id}")
    async def page(request: Request, feature_id: str) -> None:
        number = int(feature_id) if _ID.fullmatch(feature_id) else None
        if number is None or (frame.feed.reachable and await existence.denied(number)):
            ui.context.client.status_code = 404
        frame.open(request, "detail")
        ui.add_body_html(frame.render("loading.html", request))
        Detail(number)
