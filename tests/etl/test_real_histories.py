"""Real histories, replayed with their dates: each step and each day as counted independently."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from etl.declaration import Source
from etl.names import load_names
from etl.reading import File
from etl.runs import Order
from etl.sync import KOREA, parse_moment, refresh, sync_source
from tests.tools import THOROUGH
from tests.written import tuples_written

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
STATUSES = Source(
    name="service-status",
    kind="json",
    path="service-status",
    records="sites",
    columns={"feature_name": "name", "status": "status", "url": "url"},
    constants={
        "feature_group": "Manticore Search",
        "environment": "production",
        "kind": "service",
    },
    # The figures move at every probe; a status that does not is no change.
    ignore=["uptime", "uptimeDay", "uptimeWeek", "uptimeMonth", "uptimeYear", "dailyMinutesDown"],
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


FULL = (
    *("web-features", *(["web-features-by-browser"] if THOROUGH else [])),
    *("k8s-gates-ko", "k8s-gates-ko-raw-status", "service-status-manticore"),
)


@pytest.fixture(params=FULL)
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
    if name.startswith("service-status"):
        files = split_statuses(shared_data / "service-status" / "manticore.ndjson.gz", tmp_path)
        return History(STATUSES, steps, files, counts)
    if name.startswith("k8s-gates-ko"):
        folder = shared_data / "k8s-gates-ko"
        files = [folder / "csv" / f"{step['version']}.csv" for step in steps]
        aliases = None if name.endswith("raw-status") else name_map_of(folder, tmp_path)
        return History(GATES, steps, files, counts, aliases)
    folder = shared_data / "web-features" / ("by-browser" if "browser" in name else "csv")
    return History(WEB, steps, [folder / f"{s['version']}.csv.gz" for s in steps], counts)


def name_map_of(folder: Path, target: Path) -> Path:
    """Write a set's name map to `target` under the headers FMW reads."""
    text = (folder / "name_map.csv").read_text(encoding="utf-8")
    aliases = target / "name_map.csv"
    aliases.write_text(text.replace("standard_name", "standard"), encoding="utf-8")
    return aliases


def split_statuses(log: Path, target: Path) -> list[Path]:
    """Write each line of a monitor's log, one sync, to a file of its own."""
    files = []
    with _open(log) as stream:
        for number, line in enumerate(stream):
            files.append(target / f"{number:02}.json")
            files[-1].write_text(line, encoding="utf-8")
    return files


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


@pytest.mark.shared
def test_a_true_mass_removal_waits_for_an_admin(etl: psycopg.Connection, shared_data: Path) -> None:
    guarded = msgspec.structs.replace(GATES, max_removed=0.2)
    before, after = (
        Order(files=[shared_data / "k8s-gates-ko" / "csv" / f"{version}.csv"])
        for version in ("2023-06-01", "2023-12-01")
    )
    sync_source(etl, guarded, before)
    held = sync_source(etl, guarded, after)
    assert held.status == "held"
    assert "102 of 232" in (held.error or "")
    accepted = sync_source(etl, guarded, msgspec.structs.replace(after, accept_removals=True))
    assert (accepted.status, accepted.created, accepted.removed) == ("succeeded", 19, 102)


def check_history(etl: psycopg.Connection, history: History, folder: Path) -> None:
    if history.aliases:
        load_names(etl, history.aliases)
    version, ledger = 0, Counter[int]()
    for step, file in zip(history.steps, history.files, strict=True):
        order = Order(files=[file], effective_at=parse_moment(step["date"]))
        run = sync_source(etl, history.source, order)
        expected = {name: step[name] for name in ("created", "updated", "removed", "moved")}
        assert {name: getattr(run, name) for name in expected} == expected, step["version"]
        changed = any(expected.values())
        ledger[run.run_id] = sum(step[name] for name in ("created", "updated", "removed"))
        assert refresh(etl) == (version := version + changed)
        statuses = etl.execute(
            "select status, count(*) from api.features group by status"
        ).fetchall()
        assert dict(statuses) == step["by_status"], step["version"]
    recorded = etl.execute(
        "select run_id, count(distinct change_id) from api.feature_history group by run_id"
    ).fetchall()
    assert dict(recorded) == +ledger
    check_daily_counts(etl, history)
    check_repetition(etl, history, folder)


def check_daily_counts(etl: psycopg.Connection, history: History) -> None:
    """Totals are those of each Korean day's last delivery, changes those of all of them."""
    last = {day_of(step["date"]): step["date"] for step in history.steps}
    with _open(history.daily_counts) as stream:
        totals = {
            (day_of(row["date"]), row["feature_group"], row["status"], int(row["count"]))
            for row in csv.DictReader(stream)
            if last[day_of(row["date"])] == row["date"]
        }
    rows = etl.execute(
        "select day::text, feature_group, status, total from api.daily_counts"
        " where total > 0 and day = any(%s::date[])",
        [list(last)],
    ).fetchall()
    assert set(rows) == totals
    changes: Counter[tuple[str, str]] = Counter()
    for step in history.steps:
        for name in ("created", "updated", "removed"):
            changes[day_of(step["date"]), name] += step[name]
    sums = etl.execute(
        "select day::text, sum(created)::int, sum(updated)::int, sum(removed)::int"
        " from api.daily_counts group by day"
    ).fetchall()
    assert {
        (day, name): value
        for day, *values in sums
        for name, value in zip(("created", "updated", "removed"), values, strict=True)
        if value
    } == +changes


def day_of(date: str) -> str:
    """Return the Korean day of a step's date."""
    return parse_moment(date).astimezone(KOREA).date().isoformat()


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
    """Write `file` to `target` with other bytes and the same meaning."""
    with _open(file) as stream, target.open("w", encoding="utf-8", newline="") as copy:
        if file.suffix == ".json":
            json.dump(json.load(stream), copy, indent=1)
        else:
            writer = csv.writer(copy, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerows(csv.reader(stream))
    return target


def _open(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(File(path.name, path).open(), encoding="utf-8", newline="")
