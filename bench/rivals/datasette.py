"""Datasette on an SQLite file of the same rows; both are in an environment of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.data import PAGE
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import every, filters, with_packages
from db import embedded

SERVER, TOOL = "datasette==0.65.5", "sqlite-utils==4.2.1"
COPY = "\\copy (select * from bench.features order by feature_id) to '{}' (format csv, header)"
PAGES = {
    "group": "_sort=feature_id&_size=200",
    "query": f"_sort_desc=changed_at&_size={PAGE}",
}


class Peer:
    """An immutable file with an index, without counts and suggestions."""

    name = "Datasette"
    works = every(8, "csv", "json")

    @contextmanager
    def serve(self, environ: dict[str, str], folder: Path) -> Iterator[int]:
        """Copy the rows, and run it."""
        rows, data = folder / "features.csv", folder / "data.db"
        psql = [str(embedded.program("psql")), "-qXc", COPY.format(rows)]
        subprocess.run(psql, check=True, env=os.environ | environ)
        sqlite = [*with_packages(TOOL), "sqlite-utils"]
        detected = ["--csv", "--pk", "feature_id"]
        subprocess.run([*sqlite, "insert", str(data), "features", str(rows), *detected], check=True)
        index = ["create-index", str(data), "features", "feature_group", "feature_name"]
        subprocess.run([*sqlite, *index], check=True)
        port = free_port()
        command = [*with_packages(SERVER), "datasette", "serve", "--immutable", str(data)]
        command += ["--setting", "suggest_facets", "off", "--setting", "num_sql_threads", str(POOL)]
        with running([*command, "--port", str(port)], port, "/data.json"):
            yield port

    def request(self, work: str, form: str, group: str) -> bytes:
        """Ask the table."""
        shape = "&_shape=array" if form == "json" else ""
        where = f"{filters(work, group)}&{PAGES[work]}{shape}"
        return http_request(f"/data/features.{form}?{where}&_nocount=1&_nofacet=1")
