"""The published file of all features through nginx: by X-Accel-Redirect, and as a static file.

Run by `bench.gateway`. It takes nginx and wrk (Debian: `nginx-light`, `wrk`), and an installation
of its own, because what is published comes from a sync.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import sync
from bench.http.load import http_request, load
from bench.http.options import Options
from bench.http.processes import PATIENCE, free_port, get, running
from bench.http.rounds import Row, median_ratio, take_turns
from bench.installation import installation
from db.connection import ETL, admin_conninfo, connect
from etl.runs import Order
from etl.snapshots import write_snapshot
from etl.sync import locked, refresh, sync_source
from fmw.settings import Settings

ROWS = 100_000
TARGET = 0.9
PATH = "/api/v1/all"
MANUAL = Path(__file__).parents[2] / "docs" / "reference" / "gateway.md"
LOCATION, EXAMPLE = "/snapshots/", "C:/fmw/var/snapshots/"
"""Where nginx hands out the files for the gateway only, and from where, as the manual has it."""
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /static/ {{ alias {files}/; }}
        {accel}
        location / {{
            proxy_pass http://127.0.0.1:{gateway};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


def measure(rows: int, options: Options) -> Row:
    """Return downloads a second, one client, gateway behind nginx against nginx alone."""
    work = f"all {rows:,} features by X-Accel, against a static file of nginx"
    if missing := next((name for name in ("nginx", "wrk") if not shutil.which(name)), ""):
        return Row(work=work, target=TARGET, note=f"skipped: no {missing}")
    with installation() as settings:
        file = publish(settings, rows)
        with served(settings) as port:
            static = f"/static/{file.relative_to(settings.path(settings.var) / 'snapshots')}"
            ours, theirs = PATH, static
            assert get(port, ours)[1] == get(port, theirs)[1], "not the published file"
            hit = partial(load, port, connections=1, seconds=options.seconds)
            turns = {path: partial(hit, [http_request(path)]) for path in (ours, theirs)}
            loads = take_turns(turns, options.rounds)
    mine, other = ([one.rate for one in loads[path]] for path in (ours, theirs))
    shown = [f"{sorted(rates)[len(rates) // 2]:,.0f} a second" for rates in (mine, other)]
    return Row(
        work=work,
        ours=shown[0],
        theirs=shown[1],
        ratio=median_ratio(mine, other),
        target=TARGET,
    )


def publish(settings: Settings, rows: int) -> Path:
    """Sync so many rows, publish them, and return the file of all features."""
    data = sync.write(settings.home / "rows.csv", sync.rows(rows))
    with connect(settings, ETL) as conn, locked(conn):
        sync_source(conn, sync.SOURCE, Order(files=[data]))
        refresh(conn)
        folder = write_snapshot(conn, settings)
    assert folder is not None
    return folder / "features.csv"


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """Run the gateway behind nginx, as the manual configures it, and yield nginx' port."""
    own, port = free_port(), free_port()
    environ = {
        "FMW_DATABASE_URL": admin_conninfo(settings),
        "FMW_VAR": str(settings.path(settings.var)),
        "FMW_GATEWAY_PORT": str(own),
        "FMW_GATEWAY_ACCEL": LOCATION,
        "FMW_LOG_LEVEL": "CRITICAL",
    }
    with tempfile.TemporaryDirectory(prefix="fmw-nginx-") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "nginx.conf").write_text(_configuration(settings, home, port, own))
        nginx = [str(shutil.which("nginx")), "-e", f"{home}/error.log", "-c", f"{home}/nginx.conf"]
        with (
            running([sys.executable, "-m", "gateway"], own, "/ready", environ),
            running(nginx, port, "/ready"),
        ):
            _wait(own)
            yield port


def _wait(gateway: int) -> None:
    """Wait until the gateway has compared the file with its checksum; then it uses it."""
    deadline = time.monotonic() + PATIENCE
    while "x-accel-redirect" not in get(gateway, PATH)[0]:
        if time.monotonic() > deadline:
            raise SystemExit("the gateway does not use the published file")
        time.sleep(0.1)


def _configuration(settings: Settings, home: Path, port: int, gateway: int) -> str:
    files = settings.path(settings.var) / "snapshots"
    manual = MANUAL.read_text(encoding="utf-8")
    accel = manual.partition("```nginx\n")[2].partition("```")[0].replace(EXAMPLE, f"{files}/")
    return _CONFIGURATION.format(home=home, port=port, gateway=gateway, files=files, accel=accel)
