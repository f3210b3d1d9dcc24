"""The published file of all features through nginx: by X-Accel-Redirect, and as a static file.

Run by `bench.gateway`. It takes nginx (Debian: `apt-get install nginx-light`), and an installation
of its own, because what is published comes from a sync.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import sync
from bench.http.load import http_request, load
from bench.http.options import Options
from bench.http.processes import free_port, get, running
from bench.http.rounds import Row, median_ratio, take_turns
from bench.installation import installation
from db.connection import ETL, admin_conninfo, connect
from etl.runs import Order
from etl.snapshots import write_snapshot
from etl.sync import locked, refresh, sync_source
from fmw.settings import Settings

ROWS = 100_000
TARGET = 0.9
INTERNAL = "/published"
"""Path under which nginx hands out the files, for the gateway only."""
SETTING = "gateway_accel"
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /static/ {{ alias {files}/; }}
        location {internal}/ {{ internal; alias {files}/; }}
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
    if missing := _missing():
        return Row(work=work, target=TARGET, note=missing)
    with installation() as settings:
        file = publish(settings, rows)
        with served(settings) as port:
            static = f"/static/{file.relative_to(settings.path(settings.var) / 'snapshots')}"
            ours, theirs = "/api/v1/all", static
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
    """Run the gateway behind nginx and yield nginx' port."""
    own, port = free_port(), free_port()
    files = settings.path(settings.var) / "snapshots"
    environ = {
        "FMW_DATABASE_URL": admin_conninfo(settings),
        "FMW_VAR": str(settings.path(settings.var)),
        "FMW_GATEWAY_PORT": str(own),
        f"FMW_{SETTING.upper()}": INTERNAL,
        "FMW_LOG_LEVEL": "CRITICAL",
    }
    with tempfile.TemporaryDirectory(prefix="fmw-nginx-") as name:
        Path(name).chmod(0o755)
        path = Path(name) / "nginx.conf"
        path.write_text(
            _CONFIGURATION.format(
                folder=name, port=port, gateway=own, files=files, internal=INTERNAL
            )
        )
        nginx = [str(shutil.which("nginx")), "-e", f"{name}/error.log", "-c", str(path)]
        with (
            running([sys.executable, "-m", "gateway"], own, "/ready", environ),
            running(nginx, port, "/ready"),
        ):
            yield port


def _missing() -> str:
    """Return why this cannot be measured here; empty = it can."""
    if SETTING not in Settings.__struct_fields__:
        return f"skipped: no setting {SETTING}"
    return "" if shutil.which("nginx") else "skipped: no nginx"
