"""What the request log costs: answers a second from memory, with it and without.

Run: `python -m bench.request_log [ROWS [ROUNDS]]`; needs wrk. Every request ends up in the table.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from functools import partial

import psutil
import psycopg

from bench.http.load import Load, http_request, load
from bench.http.options import Options, read_options
from bench.http.processes import gateway, get
from bench.http.rounds import Row, median_ratio, report, take_turns
from bench.installation import installation
from db.connection import READER, admin_conninfo

CLIENTS = 20
LEAST, MOST = 0.85, 1.15
PATH = "/api/v1/features?limit=50&format=csv"
_FILL = """
insert into core.features (kind, feature_group, feature_name, environment, status, source)
select 'feature', '그룹 ' || n %% 50, '기능 ' || n, 'all', '운영', 'bench'
from generate_series(1, %s) as n
"""


def measure(conninfo: str, options: Options) -> list[Row]:
    """Return the rates of both, and what a request costs more."""
    with ExitStack() as stack:
        turns = {}
        for logs in ("true", "false"):
            started = gateway(
                conninfo, gateway_schema="api", gateway_role=READER, gateway_request_log=logs
            )
            port, process = stack.enter_context(started)
            while get(port, PATH)[0]["server-timing"] != "cache;desc=hit":
                time.sleep(0.1)
            turns[logs] = partial(_load, port, process, options.seconds)
        results = take_turns(turns, options.rounds)
    rates = {logs: [one.rate for one, _ in loads] for logs, loads in results.items()}
    ratio = median_ratio(rates["true"], rates["false"])
    shown = {logs: f"{statistics.median(rate):,.0f}" for logs, rate in rates.items()}
    row = Row(
        work="cached csv", ours=shown["true"], theirs=shown["false"], ratio=ratio, target=LEAST
    )
    spent = {logs: statistics.median(cpu for _, cpu in one) for logs, one in results.items()}
    cpu = Row(
        work="processor time of a request",
        ours=f"{spent['true']:.1f} us",
        theirs=f"{spent['false']:.1f} us",
        ratio=spent["true"] / spent["false"],
        target=MOST,
        is_most=True,
    )
    return [row, cpu, _written(conninfo, [one for one, _ in results["true"]])]


def _load(port: int, process: psutil.Process, seconds: float) -> tuple[Load, float]:
    """Return what the gateway stood, and the microseconds it spent on a request."""
    before = sum(process.cpu_times()[:2])
    stood = load(port, [http_request(PATH)], CLIENTS, seconds)
    return stood, (sum(process.cpu_times()[:2]) - before) / stood.requests * 1e6


def _written(conninfo: str, loads: list[Load]) -> Row:
    """Return how much of the load is in the table, now that the gateway has ended."""
    asked = sum(one.requests for one in loads)
    with psycopg.connect(conninfo) as conn:
        [(rows,)] = conn.execute("select count(*) from ops.request_log").fetchall()
    return Row(
        work="rows of requests", ours=f"{rows:,}", theirs=f"{asked:,}", ratio=rows / asked, target=1
    )


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, 5_000)
    with installation() as settings:
        conninfo = admin_conninfo(settings)
        with psycopg.connect(conninfo, autocommit=True) as admin:
            admin.execute(_FILL, [options.rows])
            admin.execute("select ops.refresh()")
        title = f"{CLIENTS} clients, {options.rounds} rounds: answers a second"
        report(title, "with log", "without", measure(conninfo, options))


if __name__ == "__main__":
    main()
