"""Start the viewer: one process, on the loopback interface, stateless for its readers."""

from __future__ import annotations

import logging
import os

from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import PlainTextResponse

from fmw.settings import Settings

HOST = "127.0.0.1"
"""The only address the viewer ever listens on: nginx (or the demo's browser) is next to it."""

PACKING = 6
"""Of gzip; the default, 9, takes half as long again for a third of a per cent."""
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="4" fill="#1b5cb8"/>'
    '<path d="M5 12V4h6M5 8h5" stroke="#fff" stroke-width="2" fill="none"/></svg>'
)


def serve(settings: Settings) -> None:
    """Serve the viewer on `settings.viewer_port` until the process is told to stop."""
    # NiceGUI reads this once, at import; its default is a folder in the current directory.
    os.environ["NICEGUI_STORAGE_PATH"] = str(settings.path(settings.var) / "nicegui")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # else one line for every read
    from nicegui import ui

    _build(settings)
    ui.run(
        host=HOST,
        port=settings.viewer_port,
        reload=False,
        show=False,
        title="FMW",
        favicon=FAVICON,
        language="ko-KR",
        tailwind=False,
        dark=None,
        show_welcome_message=False,
        reconnect_timeout=30,
        message_history_length=100,
        binding_refresh_interval=None,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
        access_log=False,
        gzip_middleware_factory=lambda asgi: GZipMiddleware(asgi, compresslevel=PACKING),
    )


def _build(settings: Settings) -> None:
    """Register the pages and routes with NiceGUI's application."""
    from nicegui import app

    from ui import proxy, snapshots, theme
    from ui.existence import Existence
    from ui.first_rows import FirstRows
    from ui.home_feed import HomeFeed
    from ui.pages import changes, detail, explore, feed, home, missing, overview

    gateway = f"http://127.0.0.1:{settings.gateway_port}"
    files = settings.path(settings.var) / "snapshots"
    numbers = HomeFeed(gateway, files, on_news=theme.nudge)
    app.on_startup(numbers.start)
    app.on_shutdown(numbers.stop)
    theme.add_assets(settings.path(settings.var) / "viewer")
    frame = theme.Frame(settings, numbers)
    for page in (home, overview, changes, missing):
        page.add(frame)
    first = FirstRows(gateway)
    app.on_shutdown(first.close)
    explore.add(frame, first)
    detail.add(frame, Existence(gateway))
    feed.add(frame, gateway)
    snapshots.add(files)
    app.add_api_route("/healthz", lambda: PlainTextResponse("ok\n"), methods=["GET", "HEAD"])
    if settings.viewer_api.startswith("/"):
        proxy.add(settings.viewer_api.rstrip("/"), gateway)
