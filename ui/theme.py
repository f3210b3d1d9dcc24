"""The frame around every page: stylesheet, header, freshness badge, and the page's templates."""

from __future__ import annotations

import datetime as dt
import re
import zlib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nicegui import Client, app, ui
from nicegui.dependencies import esm_modules, register_esm
from nicegui.version import __version__ as nicegui_version

from fmw.settings import Settings
from ui import modules, tones, wording
from ui.home_feed import HomeFeed

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
KST = ZoneInfo("Asia/Seoul")

_files = [
    *sorted(p for name in ("static", "i18n") for p in (FOLDER / name).iterdir()),
    Path(modules.__file__),
]
_checksum = zlib.crc32(b"".join(p.read_bytes() for p in _files))
VERSION = f"{_checksum:08x}"
"""Changes with the content of the static files: they may be cached for ever."""
PREFIX = re.compile(r"(/[\w.-]+)*")
"""What nginx may put before our paths; anything else in that header is not from nginx."""
NICEGUI = f"/_nicegui/{nicegui_version}"


def kst(at: dt.datetime | None) -> str:
    """Return an instant as `2026-11-23 09:00` in Korean time; nothing for null."""
    return at.astimezone(KST).strftime("%Y-%m-%d %H:%M") if at else ""


_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {"kst": kst, "count": lambda number: f"{number:,}", "tone": tones.tone}


def add_assets(folder: Path) -> None:
    """Serve the static files, and make `static/*.js` importable in the browser.

    `index.js` is "fmw" there, the others are "fmw/jump.js"; they are built in `folder`, each
    version in a folder of its own: an older viewer may still be at work.
    """
    built = folder / VERSION
    modules.build(STATIC, built)
    register_esm("fmw", built, max_time=float(_checksum))
    for name in ("static", "i18n"):
        app.add_static_files(f"/{name}/{VERSION}", FOLDER / name, max_cache_age=365 * 86400)


def module_path(name: str) -> str:
    """Return where NiceGUI serves the module `fmw/index.js` or `nicegui-aggrid/index.js`."""
    package, file = name.split("/")
    key = next(key for key, module in esm_modules.items() if module.name == package)
    return f"{NICEGUI}/esm/{key}/{file}"


def nudge() -> None:
    """Tell every open page to look at the data again; each asks for what it shows, if anything."""
    for client in list(Client.instances.values()):
        if client.has_socket_connection:
            client.run_javascript('dispatchEvent(new Event("fm-look"))')


class Frame:
    """What all pages share: the settings, the home numbers, and how a page is framed."""

    def __init__(self, settings: Settings, feed: HomeFeed) -> None:
        """Frame pages for one installation, with the badge fed by `feed`."""
        self.settings = settings
        self.feed = feed

    def open(self, request: Request, screen: str, *own: str) -> None:
        """Put head, header and scripts of a screen into the page; `screen` is a name of it.

        `own` are the JavaScript modules of this screen alone, to be fetched from the start.
        """
        words = self.words(request)
        ui.page_title(f"{words(f'{screen}.title')} · FMW")
        preload = [module_path(name) for name in ("fmw/index.js", *own)]
        preload.append(f"{NICEGUI}/static/dompurify.mjs")
        ui.add_head_html(self.render("head.html", request, screen=screen, preload=preload))
        ui.add_body_html(self.render("header.html", request, screen=screen))

    def render(self, template: str, request: Request, **values: Any) -> str:
        """Return a template as HTML, every value escaped, in the language of the request."""
        words = self.words(request)
        prefix = request.headers.get("X-Forwarded-Prefix", "").rstrip("/")
        base = prefix if PREFIX.fullmatch(prefix) else ""
        config = {
            "base": base,
            "api": self.settings.viewer_api.rstrip("/"),
            "snap": f"{base}/snap",
            "lang": words.language,
            "screen": values.get("screen", ""),
            "words": f"{base}/i18n/{VERSION}/{words.language}.json",
        }
        return _templates.get_template(template).render(
            t=words,
            config=config,
            kst=kst,
            base=base,
            static=f"{base}/static/{VERSION}",
            home=self.feed.home,
            reachable=self.feed.reachable,
            **values,
        )

    @staticmethod
    def words(request: Request) -> wording.Wording:
        """Return the request's language: `?lang=`, then the reader's cookie, then Korean."""
        return wording.choose(request.query_params.get("lang"), request.cookies.get("fmw_lang"))
