"""Short answers of the gateway against a bare service: `python -m bench.answers [ROWS [ROUNDS]]`.

`--smoke` only shows that it works. The load is wrk's (Debian: `apt-get install wrk`): 20 clients,
50 groups by turns. Both have one process, uvicorn and 8 connections. The bare service is
`bench.http.bare`: for uncached answers a Litestar route and psycopg's COPY into one body, for
cached ones a Litestar route that returns the same bytes from memory.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from bench.http import bare
from bench.http.data import STATUS, filled, group_path, groups, query_path
from bench.http.load import Load, http_request, load
from bench.http.options import Options, read_options
from bench.http.processes import free_port, gateway, get, running
from bench.http.rounds import Row, median_ratio, report, take_turns

GROUPS = 50
CLIENTS = 20
TARGET = 0.8
FORMATS = ("csv", "json")


@contextmanager
def bare_service(conninfo: str, bodies: Path) -> Iterator[int]:
    """Run the bare service and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.http.bare", str(port), conninfo]
    with running(command, port, "/ready", {bare.BODIES: str(bodies)}):
        yield port


def compare(
    work: str, options: Options, ours: Callable[[], Load], theirs: Callable[[], Load]
) -> Row:
    """Return the row of two who take turns; refuses what was not answered."""
    ours(), theirs()  # nobody is measured cold
    loads = take_turns({"ours": ours, "theirs": theirs}, options.rounds)
    for name, seen in loads.items():
        if failed := sum(one.errors for one in seen):
            raise SystemExit(f"{work}: {failed} requests to {name} failed")
    mine, other = ([one.rate for one in loads[name]] for name in ("ours", "theirs"))
    return Row(
        work=work,
        ours=_shown(loads["ours"]),
        theirs=_shown(loads["theirs"]),
        ratio=median_ratio(mine, other),
        target=TARGET,
    )


def uncached(conninfo: str, names: list[str], options: Options, bodies: Path) -> Iterator[Row]:
    """Yield the rows of answers that are made by Postgres, each time."""
    with (
        gateway(conninfo, gateway_cache="0") as (port, _),
        bare_service(conninfo, bodies) as other,
    ):
        status = quote(STATUS)
        for form in FORMATS:
            kinds = {
                "one group, 200 rows": (
                    [group_path(name, form) for name in names],
                    [f"/group/{quote(name)}?form={form}" for name in names],
                ),
                "filter, order, 50 rows": (
                    [query_path(name, form) for name in names],
                    [f"/query?group={quote(name)}&status={status}&form={form}" for name in names],
                ),
            }
            for work, (ours, theirs) in kinds.items():
                for mine, its in zip(ours, theirs, strict=True):
                    assert get(port, mine)[1] == get(other, its)[1], (mine, its)
                hit = partial(load, connections=CLIENTS, seconds=options.seconds)
                yield compare(
                    f"{work}, {form}, uncached",
                    options,
                    partial(hit, port, [http_request(path) for path in ours]),
                    partial(hit, other, [http_request(path) for path in theirs]),
                )


def cached(conninfo: str, names: list[str], options: Options, bodies: Path) -> Iterator[Row]:
    """Yield the rows of answers that are known: the same bytes, and 304 without any."""
    with ExitStack() as stack:
        port, _ = stack.enter_context(gateway(conninfo))
        for number, name in enumerate(names):
            (bodies / str(number)).write_bytes(get(port, group_path(name, "csv"))[1])
        pages = range(len(names), 2 * len(names))
        for number, name in zip(pages, names, strict=True):
            (bodies / str(number)).write_bytes(get(port, query_path(name, "csv"))[1])
        other = stack.enter_context(bare_service(conninfo, bodies))
        hit = partial(load, connections=CLIENTS, seconds=options.seconds)
        paths = [group_path(name, "csv") for name in names]
        paths += [query_path(name, "csv") for name in names]
        works = {"one group, 200 rows": range(len(names)), "filter, order, 50 rows": pages}
        for work, numbers in works.items():
            ours = [http_request(paths[number]) for number in numbers]
            theirs = [http_request(f"/bytes/{number}") for number in numbers]
            yield compare(
                f"{work}, csv, cached",
                options,
                partial(hit, port, ours),
                partial(hit, other, theirs),
            )
        tags = [get(port, path)[0]["etag"] for path in paths]
        ours = [
            http_request(path, headers={"If-None-Match": tag})
            for path, tag in zip(paths, tags, strict=True)
        ]
        theirs = [
            http_request(f"/bytes/{number}", headers={"If-None-Match": f'"{number}"'})
            for number in range(len(paths))
        ]
        yield compare(
            "304 to If-None-Match", options, partial(hit, port, ours), partial(hit, other, theirs)
        )


def measure(options: Options) -> list[Row]:
    """Return all rows."""
    with filled(options.rows) as conninfo, tempfile.TemporaryDirectory() as folder:
        names = groups(conninfo, GROUPS)
        rows = list(uncached(conninfo, names, options, Path(folder)))
        return rows + list(cached(conninfo, names, options, Path(folder)))


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, 100_000)
    title = (
        f"{options.rows:,} features, {CLIENTS} clients, {options.rounds} rounds: answers a second"
    )
    report(title, "gateway", "bare", measure(options))


def _shown(loads: list[Load]) -> str:
    best = sorted(loads, key=lambda one: one.rate)[len(loads) // 2]
    return f"{best.rate:,.0f} (P95 {best.p95 / 1000:.1f} ms)"


if __name__ == "__main__":
    main()
