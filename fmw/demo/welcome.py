"""What the demo tells when it is up: where it is, and what to try."""

from __future__ import annotations

import shutil

from rich.console import Console
from rich.markup import escape

from db.connection import OPS, READER, connect, conninfo
from db.embedded import program
from fmw.settings import Settings

TEXT = """
[bold green]FMW is up[/] after {seconds:.0f} s: {features:,} features in {groups} groups.

  viewer     [bold]{viewer}[/]
  gateway    [bold]{api}/v1/all[/]
  logs       {home}/logs

[bold]Try[/] (an address in quotes works in a browser, too)
  every feature, as CSV    curl "{api}/v1/all"
  one group                curl "{api}/v1/결제"
  as JSON, filtered        curl "{api}/v1/all?format=json" -G --data-urlencode "status=eq.검토"
  the overview by day      curl "{api}/v1/daily_counts?order=day.desc&limit=20"
  the last changes         curl "{api}/v1/feature_history?order=change_id.desc&limit=20"
  sync now                 curl "{api}/dev/sync/run" -X POST
  see the runs             curl "{api}/dev/runs?order=run_id.desc&limit=20"
  change something         edit the column 상태 in {home}/policy-team.csv, save, sync now:
                           an open viewer page shows it within seconds
  SQL                      {psql}

Ctrl-C stops everything; `fmw demo` goes on with the same data, `fmw demo --reset` begins anew.
"""


def welcome(settings: Settings, host: str, console: Console, seconds: float) -> None:
    """Print the addresses of the running demo and what to try; `seconds` is how long it took."""
    with connect(settings, READER) as conn:
        features, groups = conn.execute("select features, groups from api.home").fetchone() or (
            0,
            0,
        )
    psql = shutil.which("psql") or program("psql")
    text = TEXT.format(
        seconds=seconds,
        features=features,
        groups=groups,
        viewer=f"http://{host}:{settings.viewer_port}/",
        api=f"http://{host}:{settings.gateway_port}/api",
        home=escape(str(settings.home)),
        psql=escape(f'"{psql}" "{conninfo(settings, OPS)}"'),
    )
    console.print(text, highlight=False, soft_wrap=True)
