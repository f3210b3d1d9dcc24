"""A big delivery (thorough: 225 MB): exact counts, a no-op when repeated, and bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from fmw.settings import Settings
from tests.files import ROOT
from tests.tools import THOROUGH

COLUMNS = (
    *("feature_group", "feature_name", "environment", "status"),
    *("since", "title", "description", "owner"),
)
DECLARED = "\n".join(
    (
        *("[[source]]", 'name = "big"', 'kind = "csv"', 'path = "v1.csv"'),
        *("[source.columns]", *(f'{name} = "{name}"' for name in COLUMNS)),
    )
)
SYNC = """
import pathlib, sys
from fmw.cli import main
try:
    main(["sync", "big", "--json", "--file", sys.argv[1]])
finally:
    print(pathlib.Path("/proc/self/status").read_text())
"""
SITES = 200 if THOROUGH else 25
MEGABYTES = 300

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read in /proc"),
]


class Version(msgspec.Struct):
    """One of the two deliveries and what its generator expects of it."""

    file: Path
    expected: dict[str, Any]


@pytest.fixture
def versions(shared_data: Path, tmp_path: Path) -> list[Version]:
    """Generate both deliveries."""
    found = []
    for number in (1, 2):
        file = tmp_path / f"v{number}.csv"
        script = shared_data / "scripts" / "gen_big_csv.py"
        command = [sys.executable, script, file, "--version", str(number), "--sites", str(SITES)]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, encoding="utf-8", timeout=120
        )
        found.append(Version(file, json.loads(done.stdout.splitlines()[-1])))
        if THOROUGH:
            known = shared_data / "expected" / f"big-csv-v{number}.json"
            timeless = json.loads(known.read_text(encoding="utf-8")) | {"seconds": 0}
            assert found[-1].expected | {"seconds": 0} == timeless
    return found


def test_both_versions_of_the_big_delivery(
    settings: Settings, admin: psycopg.Connection, versions: list[Version]
) -> None:
    (settings.home / "sources.toml").write_text(DECLARED, encoding="utf-8")
    first, second = versions
    rows, features = first.expected["data_rows"], first.expected["identities"]
    assert sync(settings, first.file) == counts(
        read=rows, created=features, rejected=first.expected["duplicate_rows"]
    )
    assert statuses(admin) == first.expected["by_status_after_last_wins"]

    change, rows = second.expected["against_version_1"], second.expected["data_rows"]
    created, updated, removed = (change[op] for op in "CUD")
    unchanged = rows - created - updated
    assert sync(settings, second.file) == counts(
        read=rows, created=created, updated=updated, removed=removed, unchanged=unchanged
    )
    assert statuses(admin) == second.expected["by_status_after_last_wins"]
    assert sync(settings, second.file) == counts(read=rows, unchanged=rows)
    assert admin.execute("select snapshot_version from api.snapshot").fetchone() == (2,)


def sync(settings: Settings, file: Path) -> dict[str, int]:
    """Sync as a user does, in a process that stays small, and return the run's counts."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", SYNC, file],
        cwd=settings.home,
        env=os.environ | {"FMW_DATABASE_URL": settings.database_url, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=900,
        check=True,
    )
    run = json.loads(done.stdout.splitlines()[0])
    assert run["status"] == "succeeded"
    peak = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) / 1024 < MEGABYTES, peak
    return {name: run[name] for name in counts()}


def counts(**given: int) -> dict[str, int]:
    names = ("read", "rejected", "created", "updated", "removed", "moved", "unchanged")
    return {name: given.get(name, 0) for name in names}


def statuses(admin: psycopg.Connection) -> dict[str, int]:
    """Count the snapshot's features by status."""
    return dict(
        admin.execute("select status, count(*) from api.features group by status").fetchall()
    )
