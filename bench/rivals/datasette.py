"""Datasette on an SQLite file of the same rows; both are in an environment of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.http.data import PAGE, STATUS
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import every, with_packages
from db import embedded

SERVER, TOOL = "datasette==0.65.5", "sqlite-utils==4.2.1"
COPY = "\\copy (select * from bench.features order by feature_id) to '{}' (format csv, header)"


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
        query = f"feature_group={quote(group)}&_sort=feature_id&_size=200"
        if work == "query":
            where = f"feature_group={quote(group)}&status={quote(STATUS)}"
            query = f"{where}&_sort_desc=changed_at&_size={PAGE}"
        shape = "&_shape=array" if form == "json" else ""
        return http_request(f"/data/features.{form}?{query}{shape}&_nocount=1&_nofacet=1")
