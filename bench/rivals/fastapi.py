"""FastAPI with asynchronous SQLAlchemy on asyncpg, and pydantic, on uvicorn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.http.data import PAGE, STATUS
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import ROOT, every, with_packages

PACKAGES = (
    "fastapi==0.165.0",
    "sqlalchemy[asyncio]==2.1.9",
    "asyncpg==0.32.0",
    "uvicorn[standard]==0.54.0",
)


class Peer:
    """One process with uvloop and httptools, and SQLAlchemy's pool."""

    name = "FastAPI + SQLAlchemy"
    works = every(8, "csv", "json")

    @contextmanager
    def serve(self, environ: dict[str, str], folder: Path) -> Iterator[int]:
        """Run it."""
        port = free_port()
        command = [*with_packages(*PACKAGES), "uvicorn", "--app-dir", str(ROOT)]
        command += ["--port", str(port), "--log-level", "critical", "--no-access-log"]
        command += ["bench.rivals.services.features_fastapi:app"]
        with running(command, port, "/features?limit=1", environ | {"BENCH_POOL": str(POOL)}):
            yield port

    def request(self, work: str, form: str, group: str) -> bytes:
        """Filter, order and cut."""
        query = f"feature_group={quote(group)}&limit=200"
        if work == "query":
            where = f"feature_group={quote(group)}&status={quote(STATUS)}"
            query = f"{where}&order=changed&limit={PAGE}"
        return http_request(f"/features{'.csv' if form == 'csv' else ''}?{query}")
