"""The four stages, dry runs, progress of several sources, and what a failure leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from db.connection import ETL, connect
from etl.report import show_stages
from etl.run_all import run_all
from etl.runs import Order
from etl.sync import locked
from fmw.errors import SettingsError, SourceError
from fmw.settings import Settings

DECLARED = """
[[source]]
name = "{name}"
kind = "csv"
path = "{name}.csv"
[source.columns]
feature_group = "group"
feature_name = "name"
status = "status"
"""


@pytest.fixture
def home(settings: Settings) -> Path:
    text = "".join(DECLARED.format(name=name) for name in ("a", "b"))
    (settings.home / "sources.toml").write_text(text, encoding="utf-8")
    for name in ("a", "b"):
        write(settings.home, name, f"{name},x,on", f"{name},y,on")
    return settings.home


def write(home: Path, name: str, *rows: str) -> None:
    (home / f"{name}.csv").write_text("\n".join(["group,name,status", *rows]) + "\n", "utf-8")


def test_all_sources_then_one_snapshot(settings: Settings, home: Path) -> None:
    outcome = run_all(settings)
    assert [(run.source, run.created) for run in outcome.runs] == [("a", 2), ("b", 2)]
    assert [stage.name for stage in outcome.stages] == ["Sync", "Snapshot", "History", "Overview"]
    assert outcome.stages[1].result == "4 features in 2 groups, version 1"
    assert outcome.stages[2].result == "4 changes recorded"
    assert (outcome.snapshot_version, outcome.exit_code) == (1, 0)
    assert run_all(settings).snapshot_version == 1


def test_one_bad_source_does_not_stop_the_others(settings: Settings, home: Path) -> None:
    (home / "a.csv").write_text("nothing,here\n", encoding="utf-8")
    outcome = run_all(settings)
    assert [run.source for run in outcome.runs] == ["b"]
    assert outcome.exit_code == 1
    assert isinstance(outcome.errors[0], SourceError)


def test_held_run_has_its_own_exit_code(settings: Settings, home: Path) -> None:
    write(home, "a", *(f"a,{number},on" for number in range(20)))
    run_all(settings)
    write(home, "a", "a,1,on")
    assert run_all(settings).exit_code == 3
    assert run_all(settings, ["a"], Order(accept_removals=True)).runs[0].removed == 19


def test_dry_run_leaves_nothing_behind(settings: Settings, home: Path, admin: Any) -> None:
    outcome = run_all(settings, order=Order(dry_run=True))
    assert [run.created for run in outcome.runs] == [2, 2]
    for table in ("core.features", "core.changes", "ops.runs", "ops.sources"):
        assert admin.execute(f"select count(*) from {table}").fetchone() == (0,), table


def test_unknown_source_is_refused(settings: Settings, home: Path) -> None:
    with pytest.raises(SettingsError, match="nope"):
        run_all(settings, ["nope"])


def test_run_whose_process_died_is_reported_failed(
    settings: Settings, home: Path, admin: Any
) -> None:
    run_all(settings)
    admin.execute(
        "insert into ops.runs (source, status, started_at) values ('a', 'running', now())"
    )
    with connect(settings, ETL) as conn, locked(conn) as abandoned:
        assert [run.source for run in abandoned] == ["a"]
    (error,) = admin.execute("select error from ops.runs where status = 'failed'").fetchone()
    assert "the process that ran it ended" in error
    assert run_all(settings).exit_code == 0


def test_summary_is_readable(settings: Settings, home: Path) -> None:
    outcome = run_all(settings)
    console = Console(width=160, record=True, file=open(home / "out", "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    show_stages(console, outcome.runs, outcome.stages)
    text = console.export_text()
    console.file.close()
    for word in ("succeeded", "Snapshot", "History", "Overview", "4 features in 2 groups"):
        assert word in text
