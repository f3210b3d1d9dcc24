"""What a browser sees of a page: first paint, rows, bytes and requests, cold and warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import msgspec
from playwright.sync_api import Browser, Locator, Page

PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
PATIENCE = 30_000


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One load of a page; times in milliseconds since the address was given."""

    paint: float
    ready: float
    kilobytes: float
    requests: int


def load(page: Page, url: str, ready: str) -> Seen:
    """Open an address and wait until the selector `ready` is visible."""
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    size, asked = [0.0], [0]

    def finished(event: dict[str, float]) -> None:
        size[0] += event["encodedDataLength"]

    def requested(_: object) -> None:
        asked[0] += 1

    tools.on("Network.loadingFinished", finished)
    tools.on("Network.requestWillBeSent", requested)
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(ready).first.wait_for(timeout=PATIENCE)
    took = (time.perf_counter() - began) * 1000
    page.wait_for_load_state("networkidle")
    paint = float(page.evaluate(PAINT))
    tools.detach()
    return Seen(paint=paint, ready=took, kilobytes=size[0] / 1000, requests=asked[0])


def cold_and_warm(browser: Browser, url: str, ready: str) -> tuple[Seen, Seen]:
    """Load a page with an empty cache, and once more."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ko-KR")
    page = context.new_page()
    cold = load(page, url, ready)
    page.goto("about:blank")
    warm = load(page, url, ready)
    context.close()
    return cold, warm


def median(seen: Sequence[Seen], field: str) -> float:
    """Return the median of a field."""
    return statistics.median(float(getattr(one, field)) for one in seen)


_CHOOSE = """
([item, watched]) => new Promise((done, failed) => {
    const find = () => [...document.querySelectorAll(watched)].map((one) => one.innerText).join();
    const before = find(), began = performance.now();
    const watch = () => {
        const now = find();
        if (now !== before && /\\d/.test(now)) done(performance.now() - began);
        else if (performance.now() - began > 20000) failed(new Error(`still ${before}`));
        else requestAnimationFrame(watch);
    };
    item.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}));
    item.click();
    watch();
})
"""


def choose_in_viewer(page: Page, watched: str, turn: int) -> float:
    """Click a status of Explore; milliseconds until the text of the selector `watched` changed."""
    label = page.locator("[data-facet=status] label").nth(turn % 2)
    return _choose(page, label, watched)


def choose_in_streamlit(page: Page, turn: int) -> float:
    """Choose a group; milliseconds until the text changed."""
    page.locator("[data-testid=stSelectbox] input").click()
    option = page.locator("[role=option]").nth(1 + turn % 2)
    option.wait_for()
    return _choose(page, option, "[data-testid=stMarkdownContainer] p")


def _choose(page: Page, item: Locator, watched: str) -> float:
    page.wait_for_timeout(300)  # all is quiet
    return float(page.evaluate(_CHOOSE, [item.element_handle(), watched]))
