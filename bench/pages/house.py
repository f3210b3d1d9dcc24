"""The whole house for a bench: features, gateway, viewer, and nginx as the manual configures it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil

from bench import sync
from bench.http.processes import free_port, running
from bench.installation import installation
from db.connection import ETL, connect
from etl.runs import Order
from etl.snapshots import write_snapshot
from etl.sync import locked, refresh, sync_source
from fmw.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
_NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types; access_log off; keepalive_timeout 15s;
    client_body_temp_path {home}/a; proxy_temp_path {home}/b; fastcgi_temp_path {home}/c;
    uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
    {outside}
    server {{ listen 127.0.0.1:{port}; {inside} }}
}}
"""


class House(msgspec.Struct, frozen=True):
    """Where everything is."""

    settings: Settings
    viewer: str
    process: psutil.Process
    """The viewer's."""
    front: str
    """The viewer behind nginx; empty = there is no nginx here."""


@contextmanager
def house(rows: int) -> Iterator[House]:
    """Start it with so many features."""
    with installation() as settings, ExitStack() as stack:
        fill(settings, rows)
        ports = {"FMW_GATEWAY_PORT": str(free_port()), "FMW_VIEWER_PORT": str(free_port())}
        given = ports | {
            "FMW_VAR": str(settings.path(settings.var)),
            "FMW_LOG_LEVEL": "CRITICAL",
        }
        gateway, viewer = (int(port) for port in ports.values())
        stack.enter_context(running([sys.executable, "-m", "gateway"], gateway, "/ready", given))
        command = [sys.executable, "-m", "ui"]
        process = stack.enter_context(running(command, viewer, "/healthz", given))
        front = ""
        if program := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"):
            front = stack.enter_context(_nginx(program, settings, gateway, viewer))
        yield House(settings, f"http://127.0.0.1:{viewer}", process, front)


def fill(settings: Settings, rows: int) -> None:
    """Deliver so many features two months ago, and a hundredth of them changed today."""
    folder = settings.home
    first = sync.rows(rows)
    today = [[*row[:3], "종료", *row[4:]] if n % 100 == 0 else row for n, row in enumerate(first)]
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=60)
    with connect(settings, ETL) as conn, locked(conn):
        for data, at in ((first, long_ago), (today, None)):
            path = sync.write(folder / f"{len(list(folder.glob('*.csv')))}.csv", data)
            run = sync_source(conn, sync.SOURCE, Order(files=[path], effective_at=at))
            if run.status != "succeeded":
                raise SystemExit(f"the delivery {run.status}")
        refresh(conn)
        write_snapshot(conn, settings)


@contextmanager
def _nginx(program: str, settings: Settings, gateway: int, viewer: int) -> Iterator[str]:
    manual = (ROOT / "docs" / "reference" / "viewer.md").read_text(encoding="utf-8")
    inside, outside = re.findall(r"```nginx\n(.*?)```", manual, re.S)
    places = {
        "127.0.0.1:8501": f"127.0.0.1:{viewer}",
        "127.0.0.1:8000": f"127.0.0.1:{gateway}",
        "C:/fmw/var/snapshots/": f"{settings.path(settings.var)}/snapshots/",
        "C:/fmw/ui/": f"{ROOT / 'ui'}/",
    }
    for there, here in places.items():
        inside = inside.replace(there, here)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="fmw-nginx-") as home:
        Path(home).chmod(0o755)  # the workers of nginx are nobody in particular
        outside = outside.replace("C:/fmw/var/nginx-cache", f"{home}/cache")
        config = Path(home) / "nginx.conf"
        text = _NGINX.format(home=home, port=port, inside=inside, outside=outside)
        config.write_text(text, encoding="utf-8")
        with running([program, "-c", str(config)], port, "/viewer/healthz"):
            yield f"http://127.0.0.1:{port}/viewer"
