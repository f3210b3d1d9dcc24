"""Twenty readers click through nginx at once; what counts is what the request log says of it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import psycopg
from playwright.sync_api import Browser, Page

from bench.http.rounds import Row
from bench.pages.house import House
from db.connection import admin_conninfo

READERS = 20
MINUTES = 1.5
HOME_MEAN, VIEW_P95 = 1000.0, 5000.0
_SEEN = """
select
    resource,
    count(*) as pages,
    avg(milliseconds) as mean,
    percentile_cont(0.95) within group (order by milliseconds) as p95
from ops.request_log
where service = 'viewer' and at > %s
group by resource
order by resource
"""
STEPS = ("/", "/explore?status=사용", "/f/{}", "/changes?period=today", "/overview")
LOOKS = 0.75
"""Seconds between two clicks of anybody: each reader looks at a page for fifteen."""


def click_together(browser: Browser, house: House) -> Iterator[Row]:
    """Yield a row for each screen."""
    with psycopg.connect(admin_conninfo(house.settings), autocommit=True) as admin:
        ((began,),) = admin.execute("select now()").fetchall()
        _click(browser, house.front)
        time.sleep(2)  # the log is written a second later
        for screen, pages, mean, p95 in admin.execute(_SEEN, [began]).fetchall():
            work = f"{READERS} readers, {screen} ({pages} pages), P95"
            yield Row(work=work, ratio=p95, target=VIEW_P95, is_most=True, unit=" ms")
            if screen == "home":
                work = f"{READERS} readers, home, mean"
                yield Row(work=work, ratio=mean, target=HOME_MEAN, is_most=True, unit=" ms")


def _click(browser: Browser, front: str) -> None:
    """Have everybody open page after page; the browsers of all share these processors."""
    pages = [browser.new_context(locale="ko-KR").new_page() for _ in range(READERS)]
    dice = random.Random(6)  # noqa: S311
    ends = time.monotonic() + MINUTES * 60
    while time.monotonic() < ends:
        for page in dice.sample(pages, READERS):
            _open(page, front, dice)
            time.sleep(LOOKS)
    time.sleep(LOOKS * READERS)  # the last pages report, too


def _open(page: Page, front: str, dice: random.Random) -> None:
    """Go on, and do not wait: the page reports by itself how long it took."""
    address = front + dice.choice(STEPS).format(dice.randint(1, 500))
    page.evaluate("address => { location.href = address; }", address)
