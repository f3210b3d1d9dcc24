"""`fmw demo` as a new user meets it: real processes, over HTTP. Each test builds on the last."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from tests.e2e.processes import living, output, start
from tests.e2e.running_demo import Demo
from tests.tools import until

pytestmark = pytest.mark.slow

DAYS = 5


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    # Not under pytest's own folder: Postgres, another user if we are root, cannot enter it.
    folder = Path(tempfile.mkdtemp(prefix="fmw-demo-")).resolve()
    made = Demo(folder)
    try:
        yield made
    finally:
        made.kill_all()
        shutil.rmtree(folder)


def test_a_real_database_is_refused(demo: Demo) -> None:
    process = start(demo.folder, "demo", FMW_DATABASE_URL="postgresql://localhost/production")
    assert process.wait(timeout=30) == 2
    assert "never touches a real database" in demo.output()
    assert not demo.home.exists()


def test_a_killed_first_start_leaves_no_half_loaded_demo(demo: Demo) -> None:
    demo.start()
    until(lambda: list(demo.home.glob("history/*/*")), "the first delivery")
    time.sleep(1)  # some deliveries are in
    assert demo.process
    demo.process.kill()
    demo.process.wait()
    assert living([psutil.Process(demo.server_pid())]), "worst case: its Postgres still runs"
    assert json.loads((demo.home / "demo.json").read_bytes())["loaded_at"] is None


def test_the_next_start_loads_all_of_it(demo: Demo) -> None:
    demo.bring_up("--days", str(DAYS))
    runs = demo.rows("/dev/runs", status="eq.succeeded", requested_by="neq.schedule")
    assert len(runs) == 3 + len(list(_taken(demo)))
    assert {run["source"] for run in runs} == {"policy-team", "feature-team", "status-monitor"}


def _taken(demo: Demo) -> Iterator[Path]:
    """Yield the deliveries of the last days, as the runs name their files."""
    first = _first_day(demo)
    for path in demo.home.glob("history/*/*"):
        if dt.date.fromisoformat(path.stem) >= first:
            yield path


def _first_day(demo: Demo) -> dt.date:
    last = max(path.stem for path in demo.home.glob("history/*/*"))
    return dt.date.fromisoformat(last) - dt.timedelta(days=DAYS - 1)


def test_every_feature_comes_as_csv(demo: Demo) -> None:
    rows = demo.rows("/v1/all")
    assert len(rows) > 2500
    assert "결제" in {row["feature_group"] for row in rows}
    assert {row["kind"] for row in rows} == {"policy", "feature", "status"}


def test_a_group_answers_by_its_name_and_its_alias(demo: Demo) -> None:
    rows = demo.rows("/v1/결제")
    assert {row["feature_group"] for row in rows} == {"결제"}
    assert demo.rows("/v1/Payment") == rows


def test_a_filter_answers_as_json(demo: Demo) -> None:
    query = {"kind": "eq.policy", "status": "eq.시행", "select": "feature_name,status"}
    answer = httpx.get(f"{demo.api}/v1/all", params=query, headers={"accept": "application/json"})
    rows = answer.json()
    assert len(rows) > 100
    assert {row["status"] for row in rows} == {"시행"}


def test_daily_counts_cover_every_day(demo: Demo) -> None:
    rows = demo.rows("/v1/daily_counts", feature_group="eq.결제")
    days = sorted({dt.date.fromisoformat(row["day"]) for row in rows})
    assert days[0] == _first_day(demo)
    assert {b - a for a, b in pairwise(days)} == {dt.timedelta(days=1)}
    assert days[-1] >= dt.datetime.now(ZoneInfo("Asia/Seoul")).date() - dt.timedelta(days=1)


def test_the_viewer_answers_and_reads_through_the_gateway(demo: Demo) -> None:
    assert "FMW" in httpx.get(demo.viewer, follow_redirects=True).text
    assert httpx.get(f"{demo.viewer}/api/v1/groups").text == httpx.get(f"{demo.api}/v1/groups").text


def test_the_commands_it_prints_work(demo: Demo) -> None:
    if not (curl := shutil.which("curl")):
        pytest.skip("there is no curl")
    lines = [line[line.index("curl") :] for line in demo.output().splitlines() if "curl " in line]
    assert len(lines) >= 6
    for line in lines:
        command = [curl, "--fail", "--silent", "--show-error", *shlex.split(line)[1:]]
        ended = subprocess.run(command, capture_output=True, check=False)
        assert ended.returncode == 0, (line, ended.stderr.decode())
        assert len(ended.stdout) > 300, (line, ended.stdout.decode())
    psql = next(line for line in demo.output().splitlines() if line.startswith("  SQL"))
    ended = subprocess.run(
        [*shlex.split(psql)[1:], "-Atc", "select count(*) > 0 from ops.runs"],
        capture_output=True,
        check=False,
    )
    assert ended.stdout == b"t\n", ended.stderr.decode()


def test_a_requested_sync_is_made_by_the_worker(demo: Demo) -> None:
    runs = demo.finished(demo.request_sync({}))
    assert [run["source"] for run in runs] == ["policy-team", "feature-team", "status-monitor"]
    assert {run["status"] for run in runs} == {"succeeded"}
    assert {run["requested_by"] for run in runs} == {"api"}


def test_a_changed_file_arrives(demo: Demo) -> None:
    file = demo.home / "policy-team.csv"
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    row = next(row for row in rows if row[header.index("상태")] == "시행")
    row[header.index("상태")] = "폐지"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])

    (run,) = demo.finished(demo.request_sync({"sources": ["policy-team"]}))
    assert (run["status"], run["updated"]) == ("succeeded", "1")

    name = row[header.index("정책 ID")]
    until(lambda: _status(demo, name) == "폐지", "the changed row")
    last = demo.rows("/v1/feature_history", order="change_id.desc", limit="1")
    assert (last[0]["feature_name"], last[0]["new_value"]) == (name, "폐지")


def _status(demo: Demo, name: str) -> str:
    (row,) = demo.rows("/v1/all", feature_name=f"eq.{name}")
    return row["status"]


def test_a_second_demo_in_the_folder_is_refused(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "fmw.toml").write_text(f"var = {json.dumps(str(demo.folder / 'var'))}\n")
    process = start(tmp_path, "demo", "--reset")
    assert process.wait(timeout=30) == 1
    assert "is running already" in output(tmp_path)
    assert len(demo.rows("/v1/all")) > 2500


def test_a_chosen_port_in_use_is_refused_by_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(tmp_path, "demo", FMW_VIEWER_PORT=str(port), FMW_GATEWAY_PORT="0")
        assert process.wait(timeout=30) == 2
    assert "FMW_VIEWER_PORT" in output(tmp_path)


def test_ctrl_c_stops_everything(demo: Demo) -> None:
    processes = demo.processes()
    assert len(processes) >= 5
    assert demo.end(signal.SIGINT) == 0, demo.output()
    assert living(processes) == []
    assert "was killed" not in demo.output()


def test_a_second_start_loads_no_history_and_keeps_the_data(demo: Demo) -> None:
    began = dt.datetime.now(dt.UTC)
    demo.bring_up()
    runs = demo.rows("/dev/runs", requested_at=f"gte.{began.isoformat()}")
    assert len(runs) < len(list(_taken(demo)))
    assert len(demo.rows("/v1/all")) > 2500
    assert demo.rows("/v1/feature_history", new_value="eq.폐지", order="change_id.desc", limit="1")


def test_a_child_that_dies_is_reported_and_ends_the_demo(demo: Demo) -> None:
    processes = demo.processes()
    gateway = next(p for p in processes if p.cmdline()[-1] == "gateway")
    gateway.kill()
    assert demo.process
    assert demo.process.wait(timeout=60) == 1
    assert "the gateway ended by itself" in demo.output()
    assert "Uvicorn running" in demo.output(), "the end of its log"
    assert living(processes) == []


def test_a_reset_begins_anew(demo: Demo) -> None:
    demo.bring_up("--reset", "--days", "2")
    processes = demo.processes()
    days = {row["day"] for row in demo.rows("/v1/daily_counts")}
    assert len(days) <= 3
    assert demo.end(signal.SIGTERM) == 0
    assert living(processes) == []
