"""Django REST framework: serializer, filters, pages and CSV renderer, under gunicorn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.data import PAGE
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import ROOT, every, filters, with_packages

PACKAGES = (
    "django==5.2.19",
    "djangorestframework==3.18.3",
    "django-filter==26.2",
    "djangorestframework-csv==3.0.2",
    "gunicorn==27.0.1",
    "psycopg[binary,pool]==3.3.9",
)
PAGES = {
    "group": "ordering=feature_id&limit=200",
    "query": f"ordering=-changed_at,feature_id&limit={PAGE}",
}


class Peer:
    """One worker with eight threads, and Django's pool of psycopg's connections."""

    name = "Django REST framework"
    works = every(8, "csv", "json")

    @contextmanager
    def serve(self, environ: dict[str, str], folder: Path) -> Iterator[int]:
        """Run it."""
        port = free_port()
        command = [*with_packages(*PACKAGES), "gunicorn", "--chdir", str(ROOT)]
        command += ["--workers", "1", "--threads", str(POOL), "--log-level", "critical"]
        command += ["--bind", f"127.0.0.1:{port}", "bench.rivals.services.features_django"]
        with running(command, port, "/features?limit=1", environ | {"BENCH_POOL": str(POOL)}):
            yield port

    def request(self, work: str, form: str, group: str) -> bytes:
        """Filter, order and cut."""
        where = filters(work, group)
        return http_request(f"/features?{where}&{PAGES[work]}&format={form}")
