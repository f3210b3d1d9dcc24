"""The command line as a user meets it: output, remedies, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fmw.settings import Settings

DECLARED = """
[[source]]
name = "team"
kind = "csv"
path = "team.csv"
[source.columns]
feature_group = "그룹"
feature_name = "이름"
status = "상태"
"""


@pytest.fixture
def fmw(settings: Settings) -> Any:
    """Run `fmw` in an installation of its own and return the finished process."""
    (settings.home / "sources.toml").write_text(DECLARED, encoding="utf-8")
    write(settings.home, "결제,환불,사용", "결제,취소,사용")

    def fmw(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-X", "utf8", "-m", "fmw", *arguments],
            cwd=settings.home,
            env=os.environ
            | {"FMW_DATABASE_URL": settings.database_url, "PYTHONPATH": os.getcwd()}  # noqa: PTH109
            | variables,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return fmw


def write(home: Path, *rows: str) -> None:
    text = "\n".join(["그룹,이름,상태", *rows]) + "\n"
    (home / "team.csv").write_text(text, encoding="utf-8")


def test_sync_prints_a_table(fmw: Any) -> None:
    done = fmw("sync")
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stdout


def test_sync_json_is_one_object_per_run(fmw: Any) -> None:
    done = fmw("sync", "team", "--json", "--effective-at", "2025-01-31T09:00+09:00")
    (line,) = done.stdout.splitlines()
    run = json.loads(line)
    assert run | {"run_id": 0} == {
        "run_id": 0,
        "source": "team",
        "status": "succeeded",
        "read": 2,
        "rejected": 0,
        "created": 2,
        "updated": 0,
        "removed": 0,
        "moved": 0,
        "unchanged": 0,
        "error": None,
        "snapshot_version": 1,
    }
    assert fmw("sync", "--effective-at", "2025-01-30").returncode == 1


def test_dry_run_says_what_would_be_and_does_nothing(fmw: Any, admin: Any) -> None:
    assert json.loads(fmw("sync", "--dry-run", "--json").stdout)["created"] == 2
    assert admin.execute("select count(*) from core.features").fetchone() == (0,)


def test_held_run_shows_the_way_on(fmw: Any, settings: Settings) -> None:
    write(settings.home, *(f"결제,{number},사용" for number in range(30)))
    fmw("sync")
    write(settings.home, "결제,1,사용")
    held = fmw("sync")
    assert held.returncode == 3
    assert "fmw sync team --accept-removals" in held.stdout
    assert fmw("sync", "team", "--accept-removals").returncode == 0


def test_run_all_shows_the_four_stages(fmw: Any) -> None:
    done = fmw("run-all")
    assert done.returncode == 0
    assert (
        done.stdout.index("Snapshot") < done.stdout.index("History") < done.stdout.index("Overview")
    )


def test_module_does_the_same(fmw: Any, settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "etl.run_all"],
        cwd=settings.home,
        env=os.environ | {"FMW_DATABASE_URL": settings.database_url, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert "Overview" in done.stdout


def test_names_load_then_sync(fmw: Any, settings: Settings, admin: Any) -> None:
    (settings.home / "names.csv").write_text("domain,alias,standard\nstatus,사용,시행\n", "utf-8")
    assert fmw("names", "load", "names.csv").returncode == 0
    fmw("sync")
    assert admin.execute("select distinct status from core.features").fetchall() == [("시행",)]


def test_names_export_then_load_is_a_round_trip(fmw: Any, settings: Settings, admin: Any) -> None:
    text = 'domain,alias,standard\nfeature_group,"a, b",결제\nstatus,on,사용\nstatus,켬,사용\n'
    (settings.home / "names.csv").write_text(text, "utf-8")
    fmw("names", "load", "names.csv")
    assert fmw("names", "export").stdout == text
    assert fmw("names", "export", "all.csv", "--bom").returncode == 0
    exported = settings.home / "all.csv"
    assert exported.read_bytes() == b"\xef\xbb\xbf" + text.encode()
    admin.execute("delete from core.name_map")
    assert "3 aliases" in fmw("names", "load", "all.csv").stdout
    assert fmw("names", "export").stdout == text


def test_refresh_and_migrate_may_be_repeated(fmw: Any) -> None:
    assert "snapshot version 0" not in fmw("refresh", "--force").stdout
    assert "up to date" in fmw("migrate").stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "words"),
    [
        (["sync", "nope"], {}, 2, ["nope", "it declares: team"]),
        (["sync", "--file", "team.csv"], {}, 2, ["NAME"]),
        (["sync", "--effective-at", "gestern"], {}, 2, ["gestern", "2025-01-31"]),
        (["sync"], {"FMW_SOURCES": "none.toml"}, 2, ["none.toml", "add-a-source"]),
        (["sync"], {"FMW_GATWAY_PORT": "1"}, 2, ["FMW_GATWAY_PORT", "gateway_port"]),
        (["migrate"], {"FMW_DATABASE_URL": "host=/nowhere connect_timeout=1"}, 4, ["answer"]),
        (["sync"], {"FMW_DATABASE_URL": "host=/nowhere connect_timeout=1"}, 4, ["fmw_etl"]),
        (["sync"], {"FMW_DATABASE_URL": "nonsense"}, 2, ["database_url"]),
    ],
)
def test_mistakes_have_a_message_a_remedy_and_a_code(
    fmw: Any, arguments: list[str], variables: dict[str, str], code: int, words: list[str]
) -> None:
    done = fmw(*arguments, **variables)
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_rows_not_taken_are_shown_with_their_place(fmw: Any, settings: Settings) -> None:
    write(settings.home, "결제,환불,사용", "결제,,사용", "결제,환불,중지")
    done = fmw("sync", "--dry-run")
    assert "nothing was changed" in done.stdout
    assert "team.csv:2: the same identity comes again in data row 3" in done.stdout
    assert "team.csv:3: the row names no feature" in done.stdout
    fmw("sync")
    again = json.loads(fmw("sync", "--json").stdout)
    assert (again["read"], again["rejected"], again["unchanged"]) == (3, 2, 1)
    assert "team.csv:3: the row names no feature" in fmw("sync").stdout


def test_failed_sync_says_it_once(fmw: Any, settings: Settings) -> None:
    (settings.home / "team.csv").unlink()
    done = fmw("sync")
    assert done.returncode == 1
    assert done.stdout == ""
    assert (done.stderr.count("there is no file"), done.stderr.count("source team")) == (1, 1)


def test_table_fits_a_small_terminal(fmw: Any) -> None:
    done = fmw("sync", COLUMNS="80")
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("team", "succeeded", "unchanged"):
        assert word in done.stdout
