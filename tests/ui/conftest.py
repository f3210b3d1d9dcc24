"""The real viewer before a made-up gateway, and a headless browser to look at it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fake_gateway
import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from viewer_process import serving, viewing

from tests.e2e.running_demo import Demo

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def gateway() -> Iterator[int]:
    """Port of a made-up gateway."""
    with serving() as port:
        yield port


@pytest.fixture
def snapshot() -> Iterator[dict[str, Any]]:
    """The made-up gateway's snapshot, to be moved by the test and moved back afterwards."""
    before = dict(fake_gateway.SNAPSHOT)
    yield fake_gateway.SNAPSHOT
    fake_gateway.SNAPSHOT |= before


@pytest.fixture(scope="session")
def viewer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared viewer process runs."""
    return tmp_path_factory.mktemp("viewer")


@pytest.fixture(scope="session")
def viewer(gateway: int, viewer_folder: Path) -> Iterator[str]:
    """Base URL of a viewer whose home numbers have arrived."""
    with viewing(gateway, viewer_folder) as url:
        deadline = time.monotonic() + 10
        while 'data-number="features"' not in httpx.get(url + "/home.html").text:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield url


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """Everything as a user starts it: Postgres, worker, gateway, viewer, thirty days of data."""
    # Not under pytest's own folder: Postgres, another user if we are root, cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="fmw-viewer-")).resolve()
    made = Demo(folder)
    try:
        made.bring_up("--days", "30")
        yield made
    finally:
        made.kill_all()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser; per module, because its event loop occupies the main thread."""
    if not Path(CHROMIUM).exists():
        if "CI" in os.environ:
            pytest.fail(f"no browser at {CHROMIUM}, and in CI there must be one")
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of a reader outside Korea; a JavaScript error or a requested request fails the test."""
    context = browser.new_context(
        viewport={"width": 1366, "height": 768}, locale="ko-KR", timezone_id="America/New_York"
    )
    tab = context.new_page()
    errors: list[str] = []
    requested: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("request", lambda request: requested.append(request.url))
    tab.set_default_timeout(15_000)
    yield tab
    context.close()
    assert errors == []
    assert [url for url in requested if not url.startswith(("http://127.0.0.1:", "data:"))] == []
