"""Home: where everything stands, in one look; drawn by the server, refreshed as a fragment."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from nicegui import app, ui

from ui.home_feed import DayTotal, StatusCount
from ui.theme import Frame
from ui.tones import urgency

SPARK_WIDTH, SPARK_HEIGHT = 240, 48
SHOWN_STATUSES = 7
LINKED_STATUSES = 40
"""More of them in one address would be too long for some servers."""


def add(frame: Frame) -> None:
    """Register the page and its fragment."""

    @ui.page("/")
    def page(request: Request) -> None:
        frame.open(request, "home", "fmw/home.js")
        main = frame.render("home.html", request, content=_content(frame, request))
        ui.add_body_html(main)

    @app.get("/home.html", include_in_schema=False)
    def fragment(request: Request) -> HTMLResponse:
        """The numbers alone, for a page that stays open."""
        return HTMLResponse(_content(frame, request), headers={"Cache-Control": "no-store"})


def _content(frame: Frame, request: Request) -> str:
    home = frame.feed.home
    values: dict[str, Any] = {}
    if home:
        statuses = sorted(home.by_status or [], key=lambda item: urgency(item.status))
        days, rest = home.by_day or [], statuses[SHOWN_STATUSES:]
        values = {
            "is_first_run": not home.features and not home.recent,
            "spark": sparkline([day.total for day in days]),
            "grown": growth(days),
            "statuses": statuses[:SHOWN_STATUSES],
            "rest": rest,
            "rest_query": _query(rest),
        }
    return frame.render("home_content.html", request, **values)


def _query(statuses: list[StatusCount]) -> str:
    """Return the query of Explore that shows these statuses, or all features for very many."""
    chosen = statuses if len(statuses) <= LINKED_STATUSES else []
    return urlencode([("status", item.status or "") for item in chosen])


def sparkline(totals: list[int]) -> str:
    """Return the points of an SVG polyline, left to right, for at least two totals."""
    if len(totals) < 2:
        return ""
    low, high = min(totals), max(totals)
    span = (high - low) or 1
    step = SPARK_WIDTH / (len(totals) - 1)
    room = SPARK_HEIGHT - 6
    points = (
        f"{index * step:.1f},{3 + room - (total - low) / span * room:.1f}"
        for index, total in enumerate(totals)
    )
    return " ".join(points)


def growth(days: list[DayTotal]) -> int:
    """Return how many features the days added, first day to last."""
    return days[-1].total - days[0].total if days else 0
