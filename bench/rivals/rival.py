"""What the rivals have in common: how they are asked, installed and told where Postgres is."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from bench.http.data import STATUS

ROOT = Path(__file__).resolve().parents[2]


class Rival(Protocol):
    """A server of the same rows.

    A work is "group" (200 rows, by feature_id) or "query" (one status of a group, the last 50
    changed), and a format.
    """

    name: str
    works: dict[tuple[str, str], float]
    """What it can answer, and how many times as many answers a second the gateway should give."""

    def serve(self, environ: dict[str, str], folder: Path) -> AbstractContextManager[int]:
        """Run in one process with 8 connections and yield the port; `environ` is libpq's."""

    def request(self, work: str, form: str, group: str) -> bytes:
        """Return the request for a group's answer."""


def filters(work: str, group: str, equals: str = "=") -> str:
    """Return the conditions of a work as parameters of a query string."""
    where = f"feature_group{equals}{quote(group)}"
    return where + (f"&status{equals}{quote(STATUS)}" if work == "query" else "")


def every(target: float, *forms: str) -> dict[tuple[str, str], float]:
    """Return the same target for both works in these formats."""
    return {(work, form): target for form in forms for work in ("group", "query")}


def libpq(conninfo: str) -> dict[str, str]:
    """Return libpq's variables; every driver reads them."""
    names = {"user": "PGUSER", "dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT"}
    parts = conninfo_to_dict(conninfo)
    return {variable: str(parts[name]) for name, variable in names.items() if name in parts}


def with_packages(*packages: str) -> list[str]:
    """Return the begin of a command that has these packages of PyPI, and nothing of ours."""
    command = [_found("uv"), "run", "--quiet", "--no-project", "--python", sys.executable]
    return [*command, *(word for package in packages for word in ("--with", package))]


def npm_install(folder: Path, package: str) -> Path:
    """Install a package of npm without running its scripts; return the folder of modules."""
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    command = [_found("npm"), "install", *options, "--prefix", str(folder), package]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules"


def ids(body: bytes, form: str) -> list[int]:
    """Return the features of an answer, in its order, whatever is around them."""
    if form == "csv":
        return [int(row["feature_id"]) for row in csv.DictReader(io.StringIO(body.decode()))]
    return [int(row.get("feature_id") or row["featureId"]) for row in _rows(json.loads(body))]


def _rows(value: Any) -> list[dict[str, Any]]:
    while isinstance(value, dict):
        value = next(part for part in value.values() if isinstance(part, dict | list))
    assert isinstance(value, list)
    return value


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"{program} is missing")
    return path
