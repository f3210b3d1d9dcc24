"""Short answers of the gateway against other servers of the same rows.

Run: `python -m bench.rivals [ROWS [ROUNDS]] [--only NAME]`; `--smoke` only shows that it works.
NAME is postgrest, datasette, django, fastapi or postgraphile. Each has one process and 8
connections, and takes turns with the gateway, which keeps no answers. It takes wrk, uv and npm
(Debian: `wrk`, `npm`); the rivals are installed into temporary environments. Before anything is
measured they have to give the same features in the same order.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

from bench.http.data import filled, group_path, groups, query_path
from bench.http.load import Load, ask, http_request, load
from bench.http.options import Options, read_options
from bench.http.processes import gateway
from bench.http.rounds import Row, median_ratio, report, take_turns
from bench.rivals.rival import Rival, ids, libpq

NAMES = ("postgrest", "datasette", "django", "fastapi", "postgraphile")
GROUPS = 50
CLIENTS, MANY = 20, 200
SLOW = "postgrest"
"""Who is also compared by the answers that take longest, with many clients."""
PATIENCE = 1 / 3
PATHS = {"group": group_path, "query": query_path}


def meet(
    rival: Rival, port: int, other: int, names: list[str], options: Options, *, crowded: bool
) -> Iterator[Row]:
    """Yield the rows of one rival."""
    for (work, form), target in rival.works.items():
        ours = [http_request(PATHS[work](name, form)) for name in names]
        theirs = [rival.request(work, form, name) for name in names]
        for mine, its in zip(ours[:3], theirs[:3], strict=True):
            assert ids(ask(port, mine), form) == ids(ask(other, its), form), (mine, its)
        label = f"{rival.name}: {work}, {form}"
        for clients in (CLIENTS, MANY) if crowded and form == "csv" else (CLIENTS,):
            hit = partial(load, connections=clients, seconds=options.seconds)
            turns = {"ours": partial(hit, port, ours), "theirs": partial(hit, other, theirs)}
            take_turns(turns, 1)  # nobody is measured cold
            seen = take_turns(turns, options.rounds)
            if failed := sum(one.errors for one in seen["ours"]):
                raise SystemExit(f"{label}: {failed} requests to the gateway failed")
            if clients == CLIENTS:
                yield _rates(label, seen["ours"], seen["theirs"], target)
            else:
                yield _slowest(f"{label}, P95 of {MANY} clients", seen["ours"], seen["theirs"])


def measure(options: Options) -> Iterator[Row]:
    """Yield all rows."""
    with filled(options.rows) as conninfo, gateway(conninfo, gateway_cache="0") as (port, _):
        names = groups(conninfo, GROUPS)
        for name in options.names:
            rival: Rival = import_module(f"bench.rivals.{name}").Peer()
            with (
                tempfile.TemporaryDirectory(prefix="fmw-rival-") as folder,
                rival.serve(libpq(conninfo), Path(folder)) as other,
            ):
                yield from meet(rival, port, other, names, options, crowded=name == SLOW)


def main() -> None:
    """Print the table."""
    options = read_options(__doc__, 100_000, NAMES)
    title = (
        f"{options.rows:,} features, {CLIENTS} clients, {options.rounds} rounds: answers a second"
    )
    report(title, "gateway", "rival", list(measure(options)))


def _rates(work: str, ours: list[Load], theirs: list[Load], target: float) -> Row:
    failed = sum(one.errors for one in theirs)
    return Row(
        work=work + (f" ({failed} failed)" if failed else ""),
        ours=_middle([one.rate for one in ours], ""),
        theirs=_middle([one.rate for one in theirs], ""),
        ratio=median_ratio([one.rate for one in ours], [one.rate for one in theirs]),
        target=target,
    )


def _slowest(work: str, ours: list[Load], theirs: list[Load]) -> Row:
    mine, other = ([one.p95 / 1000 for one in seen] for seen in (ours, theirs))
    return Row(
        work=work,
        ours=_middle(mine, " ms"),
        theirs=_middle(other, " ms"),
        ratio=median_ratio(mine, other),
        target=round(PATIENCE, 2),
        is_most=True,
    )


def _middle(measured: list[float], unit: str) -> str:
    return f"{sorted(measured)[len(measured) // 2]:,.0f}{unit}"


if __name__ == "__main__":
    main()
