"""How fast the gateway streams, against psql's \\copy of the same rows in the same rounds.

Run: `python -m bench.gateway [ROWS [ROUNDS]]`, a million rows by default; `--smoke` only shows that
it works. The rows are filtered, so that nothing but Postgres can answer. At last 200 clients read
streams at once from a gateway with 8 connections that lets them wait for their turn, and the
published file of all features is downloaded through nginx (`bench.http.front`).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psutil

from bench.http import front
from bench.http.data import filled
from bench.http.download import Download, download
from bench.http.options import Options, read_options
from bench.http.processes import POOL, gateway, watched
from bench.http.rounds import Row, median_ratio, report, take_turns
from db import embedded

SLOWEST, FIRST_BYTE, MEMORY = 1.15, 15, 150
CLIENTS = 200
SHARE = 5_000
"""Rows of each of many streams."""
WHERE = "since >= '2024-01-01'"
PATH = "/api/v1/features?since=gte.2024-01-01&format="
PLAIN = "f.*", "format csv, header"
RENDERED = "row_to_json(f.*)", "format csv, quote e'\\x01', delimiter e'\\x02'"
KINDS = {"csv": PLAIN, "csv&bom=1": PLAIN, "json": RENDERED, "ndjson": RENDERED}
"""Formats, and what psql copies beside them: output and options."""
TARGETED = ("csv", "ndjson")


def psql_copy(conninfo: str, output: str, options: str) -> Download:
    """Let `psql \\copy (select output ...)` write to nowhere; its start counts, too."""
    rows = f"select {output} from bench.features as f where {WHERE}"
    query = f"\\copy ({rows}) to '{os.devnull}' ({options})"
    started = time.perf_counter()
    subprocess.run([embedded.program("psql"), "-qXc", query, conninfo], check=True)
    return Download(total=time.perf_counter() - started)


def streams(conninfo: str, port: int, process: psutil.Process, rounds: int) -> list[Row]:
    """Return seconds, first bytes and memory of all formats."""
    peaks = dict.fromkeys(KINDS, 0)

    def stream(kind: str) -> Download:
        with watched(process) as memory:
            arrived = download(port, PATH + kind)
        peaks[kind] = max(peaks[kind], *memory)
        return arrived

    turns: dict[str, Callable[[], Download]] = {}
    for kind, (output, options) in KINDS.items():
        turns[output] = partial(psql_copy, conninfo, output, options)
        turns[kind] = partial(stream, kind)
    download(port, PATH + "csv&limit=2000")  # nobody is measured cold
    results = take_turns(turns, rounds)
    rows = []
    for kind, (output, _) in KINDS.items():
        ours, theirs = results[kind], [one.total for one in results[output]]
        rows.append(_seconds(kind, [one.total for one in ours], theirs, ours[0].size))
        if kind not in TARGETED:
            continue
        first = statistics.median(one.first for one in ours) * 1000
        rows.append(_most(f"{kind}: first byte", first, FIRST_BYTE, " ms"))
        rows.append(_most(f"{kind}: memory, peak", peaks[kind] / 2**20, MEMORY, " MB"))
    return rows


def crowd(port: int, process: psutil.Process) -> list[Row]:
    """Return how many of the clients, each with a stream of its own, got the same whole answer."""
    path = f"{PATH}csv&limit={SHARE}"
    whole = download(port, path).size
    with watched(process) as memory, ThreadPoolExecutor(CLIENTS) as clients:
        started = time.perf_counter()
        downloads = list(clients.map(lambda _: download(port, path), range(CLIENTS)))
        took = time.perf_counter() - started
    work = f"{CLIENTS} streams at once, {POOL} connections"
    pause = max(one.pause for one in downloads)
    return [
        Row(
            work=f"{work}: complete",
            ours=f"in {took:.1f} s",
            ratio=sum(one.size == whole for one in downloads),
            target=CLIENTS,
            unit="",
        ),
        _most(f"{work}: longest pause", pause * 1000, 1000, " ms"),
        _most(f"{work}: memory, peak", max(memory) / 2**20, MEMORY, " MB"),
    ]


def measure(options: Options) -> list[Row]:
    """Return all rows."""
    with filled(options.rows) as conninfo:
        with gateway(conninfo) as (port, process):
            rows = streams(conninfo, port, process, options.rounds)
        with gateway(conninfo, gateway_pool_timeout="60") as (port, process):
            rows += crowd(port, process)
    return [*rows, front.measure(min(options.rows, front.ROWS), options)]


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, 1_000_000)
    title = f"{options.rows:,} features, {options.rounds} rounds: seconds"
    report(title, "gateway", "reference", measure(options))


def _seconds(kind: str, ours: list[float], theirs: list[float], size: int) -> Row:
    return Row(
        work=f"{kind}, {size / 1e6:,.0f} MB, against psql \\copy",
        ours=f"{statistics.median(ours):.2f}",
        theirs=f"{statistics.median(theirs):.2f}",
        ratio=median_ratio(ours, theirs),
        target=SLOWEST if kind in TARGETED else None,
        is_most=True,
    )


def _most(work: str, measured: float, target: float, unit: str) -> Row:
    return Row(work=work, ratio=measured, target=target, is_most=True, unit=unit)


if __name__ == "__main__":
    main()
