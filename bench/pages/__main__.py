"""The viewer against a Streamlit page with 200 rows and a chart, in one run.

Run: `python -m bench.pages [ROWS [ROUNDS]]`; `--smoke` only shows that it works. It takes Chromium
and uv; nginx for the last rows. Streamlit is installed into a temporary environment.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, sync_playwright

from bench.http.options import Options, read_options
from bench.http.rounds import Row, report, take_turns
from bench.pages import browser as seen
from bench.pages import streamlit
from bench.pages.clicking import click_together
from bench.pages.house import House, house
from bench.pages.tabs import Tabs

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SCREENS = {
    "home": ("/", "[data-number=features]", (0.35, 0.40), 350),
    "explore": ("/explore", ".fm-first-rows a, .fm-name", (0.50, 0.50), 650),
    "explore's grid": ("/explore", ".fm-name", (None, None), 650),
    "overview": ("/overview", ".fm-chart svg", (None, None), 900),
    "changes": ("/changes?period=month", ".fm-entries li, .fm-cover-still", (None, None), 650),
}
"""Address, what is visible when it is ready, most of Streamlit's time cold and warm, most KB."""
WARM_KB, REQUESTS = 15, 22
TABS = 200
FORGOTTEN = 45
"""Seconds after which the viewer has forgotten who left."""


def measure(options: Options) -> Iterator[Row]:
    """Yield all rows."""
    with (
        tempfile.TemporaryDirectory(prefix="fmw-streamlit-") as folder,
        house(options.rows) as ours,
    ):
        with streamlit.serving(Path(folder)) as other, chromium() as browser:
            yield from _loads(browser, ours, other, options.rounds)
            yield from _clicks(browser, ours, other, options.rounds)
        yield from _bytes(ours)
        tabs = TABS if options.rows >= TABS * 100 else 20
        yield from asyncio.run(_tabs(ours.process, ours.viewer, tabs))
        if ours.front:
            with chromium() as browser:
                yield from click_together(browser, ours)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; while it runs there is no other event loop in this thread."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=found, args=FLAGS)


def _loads(browser: Browser, ours: House, other: str, rounds: int) -> Iterator[Row]:
    turns = {
        name: partial(seen.cold_and_warm, browser, (ours.front or ours.viewer) + path, ready)
        for name, (path, ready, _, _) in SCREENS.items()
    }
    turns["streamlit"] = partial(seen.cold_and_warm, browser, other, streamlit.READY)
    take_turns(turns, 1)  # nobody is measured with a cold server
    found = take_turns(turns, rounds)
    for name, (_, _, targets, most) in SCREENS.items():
        for n, kind in enumerate(("cold", "warm")):
            mine, theirs = ([load[n] for load in found[who]] for who in (name, "streamlit"))
            for field in ("paint", "ready"):
                a, b = seen.median(mine, field), seen.median(theirs, field)
                target = targets[n] if field == "ready" or n == 0 else None
                yield _ratio(f"{name}, {field}, {kind}", a, b, target, "ms")
            size, asked = seen.median(mine, "kilobytes"), seen.median(mine, "requests")
            limit = WARM_KB if n else most
            yield _most(f"{name}, bytes, {kind}", size, limit, " KB")
            if not n:
                yield _most(f"{name}, requests, {kind}", asked, REQUESTS, "")


def _clicks(browser: Browser, ours: House, other: str, rounds: int) -> Iterator[Row]:
    mine, theirs = browser.new_page(locale="ko-KR"), browser.new_page()
    mine.goto(f"{ours.front or ours.viewer}/explore")
    mine.locator(".fm-name").first.wait_for()
    theirs.goto(other)
    theirs.locator(streamlit.READY).first.wait_for()
    turns, their_turns = itertools.count(), itertools.count()
    found = take_turns(
        {
            "count": lambda: seen.choose_in_viewer(mine, ".fm-count", next(turns)),
            "rows": lambda: seen.choose_in_viewer(mine, ".fm-name", next(turns)),
            "theirs": lambda: seen.choose_in_streamlit(theirs, next(their_turns)),
        },
        2 * rounds,
    )
    count, rows, text = (statistics.median(times) for times in found.values())
    yield _ratio("choose a filter, count", count, text, 0.5, "ms")
    yield _ratio("choose a filter, rows", rows, text, 0.5, "ms")


def _bytes(ours: House) -> Iterator[Row]:
    pages = {name: httpx.get(ours.viewer + path).content for name, (path, *_) in SCREENS.items()}
    packed = {name: len(gzip.compress(page)) / 1000 for name, page in pages.items()}
    worst = max(packed, key=lambda name: packed[name])
    yield _most(f"HTML, packed ({worst})", packed[worst], 7, " KB")
    took = []
    with httpx.Client() as client:
        for _ in range(30):
            began = time.perf_counter()
            client.get(f"{ours.viewer}/explore")
            took.append((time.perf_counter() - began) * 1000)
    yield _most("HTML of explore, P95", statistics.quantiles(took, n=20)[-1], 50, " ms")


async def _tabs(process: psutil.Process, url: str, count: int) -> Iterator[Row]:
    def memory() -> float:
        return float(process.memory_info().rss / 1e6)

    tabs = Tabs(url, "/explore")
    await tabs.open(20)  # what the first ones cost is no tab's
    await tabs.close()
    await asyncio.sleep(FORGOTTEN)
    before, began = memory(), time.perf_counter()
    took = await tabs.open(count)
    sessions, after = count / (time.perf_counter() - began), memory()
    await asyncio.sleep(5)
    used = process.cpu_times()
    await asyncio.sleep(10)
    now = process.cpu_times()
    idle = (now.user + now.system - used.user - used.system) * 10
    await tabs.close()
    peaks = []
    for _ in range(3):
        await tabs.open(count)
        peaks.append(memory())
        await tabs.close()
        await asyncio.sleep(FORGOTTEN)
    rows = [
        _most(f"memory with {count} tabs", after, 130, " MB"),
        _most("memory for each tab", (after - before) / count * 1000, 200, " KB"),
        Row(
            work="page sessions a second",
            ratio=sessions,
            target=60,
            unit="/s",
            ours=f"{statistics.median(took) * 1000:.0f} ms each",
        ),
        _most(f"processor with {count} idle tabs", idle, 3, " %"),
        _most("growth over three cycles", (peaks[-1] / peaks[0] - 1) * 100, 5, " %"),
    ]
    return iter(rows)


def _ratio(work: str, mine: float, theirs: float, target: float | None, unit: str) -> Row:
    return Row(
        work=work,
        ours=f"{mine:,.0f} {unit}",
        theirs=f"{theirs:,.0f} {unit}",
        ratio=mine / theirs,
        target=target,
        is_most=True,
    )


def _most(work: str, value: float, target: float, unit: str) -> Row:
    return Row(work=work, ratio=value, target=target, is_most=True, unit=unit)


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, 20_000)
    title = f"{options.rows:,} features, {options.rounds} rounds"
    report(title, "viewer", "Streamlit", list(measure(options)))


if __name__ == "__main__":
    main()
