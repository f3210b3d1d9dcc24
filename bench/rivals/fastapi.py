"""FastAPI with asynchronous SQLAlchemy on asyncpg, and pydantic, on uvicorn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.data import PAGE
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import ROOT, every, filters, with_packages

PACKAGES = (
    "fastapi==0.165.0",
    "sqlalchemy[asyncio]==2.1.9",
    "asyncpg==0.32.0",
    "uvicorn[standard]==0.54.0",
)
PAGES = {"group": "limit=200", "query": f"order=changed&limit={PAGE}"}


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
        suffix = ".csv" if form == "csv" else ""
        return http_request(f"/features{suffix}?{filters(work, group)}&{PAGES[work]}")
