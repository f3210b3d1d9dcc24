"""Real histories, replayed with their dates: each step and each day as counted independently."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from etl.declaration import Source
from etl.names import load_names
from etl.reading import open_bytes
from etl.runs import Order
from etl.sync import parse_moment, refresh, sync_source

SMALL = Path(__file__).resolve().parents[1] / "data"
CANONICAL = (
    *("feature_group", "feature_name", "environment", "status", "since", "until"),
    *("default_value", "title", "description", "url"),
)
WEB = Source(
    name="web-features",
    kind="csv",
    path="web-features",
    columns={name: name for name in CANONICAL},
    max_removed=1.0,
)
GATES = Source(
    name="k8s-gates-ko",
    kind="csv",
    path="k8s-gates-ko",
    columns={
        "feature_name": "기능",
        "title": "기능",
        "status": "단계",
        "since": "도입",
        "until": "종료",
        "default_value": "디폴트",
        "description": "설명",
    },
    constants={"feature_group": "쿠버네티스", "kind": "gate"},
    ignore=["표"],
    max_removed=1.0,
)


class History(msgspec.Struct):
    """A set of deliveries and what an independent count says of each."""

    source: Source
    steps: list[dict[str, Any]]
    files: list[Path]
    daily_counts: Path
    aliases: Path | None = None


@pytest.fixture(params=["csv", "by-browser", "gates"])
def small(request: pytest.FixtureRequest) -> History:
    if request.param == "gates":
        folder = SMALL / "k8s-gates-ko"
        steps = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["steps"]
        counts = folder / "expected_daily_counts.csv"
        files = [folder / "csv" / f"{step['version']}.csv" for step in steps]
        return History(GATES, steps, files, counts, folder / "name_map.csv")
    folder = SMALL / "web-features"
    steps = json.loads((folder / "expected.json").read_text(encoding="utf-8"))[request.param][
        "steps"
    ]
    files = [folder / request.param / f"{step['version']}.csv" for step in steps]
    suffix = "" if request.param == "csv" else "_by_browser"
    return History(WEB, steps, files, folder / f"expected_daily_counts{suffix}.csv")


@pytest.fixture(params=["web-features", "web-features-by-browser", "k8s-gates-ko"])
def full(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> History:
    name = request.param
    expected = json.loads((shared_data / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    steps = [
        {
            **step,
            "created": step["C"] - step["moved_group"],
            "updated": step["U"] + step["moved_group"],
            "removed": step["D"] - step["moved_group"],
            "moved": step["moved_group"],
        }
        for step in expected["steps"]
    ]
    counts = shared_data / "expected" / "daily_counts" / f"{name}.csv.gz"
    if name == "k8s-gates-ko":
        files = [shared_data / name / "csv" / f"{step['version']}.csv" for step in steps]
        aliases = tmp_path / "name_map.csv"
        text = (shared_data / name / "name_map.csv").read_text(encoding="utf-8")
        aliases.write_text(text.replace("standard_name", "standard"), encoding="utf-8")
        return History(GATES, steps, files, counts, aliases)
    folder = shared_data / "web-features" / ("by-browser" if "browser" in name else "csv")
    return History(WEB, steps, [folder / f"{s['version']}.csv.gz" for s in steps], counts)


def test_each_step_of_a_small_history(
    etl: psycopg.Connection, small: History, tmp_path: Path
) -> None:
    check_history(etl, small, tmp_path)


@pytest.mark.shared
@pytest.mark.slow
def test_each_step_of_a_full_history(
    etl: psycopg.Connection, full: History, tmp_path: Path
) -> None:
    check_history(etl, full, tmp_path)


def check_history(etl: psycopg.Connection, history: History, folder: Path) -> None:
    if history.aliases:
        load_names(etl, history.aliases)
    version = 0
    for step, file in zip(history.steps, history.files, strict=True):
        order = Order(files=[file], effective_at=parse_moment(step["date"]))
        run = sync_source(etl, history.source, order)
        expected = {name: step[name] for name in ("created", "updated", "removed", "moved")}
        assert {name: getattr(run, name) for name in expected} == expected, step["version"]
        changed = any(expected.values())
        assert refresh(etl) == (version := version + changed)
        statuses = etl.execute(
            "select status, count(*) from api.features group by status"
        ).fetchall()
        assert dict(statuses) == step["by_status"], step["version"]
    check_daily_counts(etl, history)
    check_repetition(etl, history, folder)


def check_daily_counts(etl: psycopg.Connection, history: History) -> None:
    with _open(history.daily_counts) as stream:
        expected = {
            (row["date"], row["feature_group"], row["status"], int(row["count"]))
            for row in csv.DictReader(stream)
        }
    rows = etl.execute(
        "select day::text, feature_group, status, total from api.daily_counts"
        " where total > 0 and day = any(%s::date[])",
        [[step["date"] for step in history.steps]],
    ).fetchall()
    assert set(rows) == expected


def check_repetition(etl: psycopg.Connection, history: History, folder: Path) -> None:
    """The same delivery again writes nothing: neither as the same bytes nor as other bytes."""
    version, written = refresh(etl), tuples_written(etl)
    again = sync_source(etl, history.source, Order(files=history.files[-1:]))
    assert (again.unchanged, again.created, again.updated, again.removed) == (
        history.steps[-1]["active"], 0, 0, 0,
    )  # fmt: skip
    rewritten = rewrite(history.files[-1], folder / "rewritten.csv")
    rows = sync_source(etl, history.source, Order(files=[rewritten]))
    assert (rows.created, rows.updated, rows.removed) == (0, 0, 0)
    assert rows.read == (rows.unchanged or 0) + (rows.rejected or 0)
    assert rows.unchanged == history.steps[-1]["active"]
    assert refresh(etl) == version
    assert tuples_written(etl) == written


def rewrite(file: Path, target: Path) -> Path:
    """Write `file` to `target` with other bytes and the same meaning: every field quoted."""
    with _open(file) as stream, target.open("w", encoding="utf-8", newline="") as copy:
        csv.writer(copy, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(csv.reader(stream))
    return target


def tuples_written(conn: psycopg.Connection) -> dict[str, tuple[int, ...]]:
    """Return per relation of core and api: rows ever inserted, updated, deleted, and dead now."""
    conn.execute("select pg_stat_force_next_flush()")
    conn.execute("select pg_stat_clear_snapshot()")
    rows = conn.execute(
        "select schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup"
        " from pg_stat_all_tables where schemaname in ('core', 'api')"
    ).fetchall()
    assert any(row[0] == "core.features" for row in rows)
    return {row[0]: row[1:] for row in rows}


def _open(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8", newline="")
