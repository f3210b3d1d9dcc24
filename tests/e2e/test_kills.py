"""kill -9 of the worker, of Postgres and of the source's server, at random moments.

After each kill only the killed program is started again, as a supervisor would. Whatever was under
way must come to its end by itself: never a half state, no change lost and none recorded twice.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from db import embedded
from db.migrate import migrate_database
from tests.e2e.processes import output, start
from tests.tools import THOROUGH, free_port, until

pytestmark = pytest.mark.slow

KILLS = 50 if THOROUGH else 12
ROWS = 3000
LONGEST = 0.8
"""Seconds from the start of a run within which it has ended, if nobody is killed."""
SOURCES = """
[[source]]
name = "service"
kind = "http"
url = "http://127.0.0.1:{port}/"
page_param = "page"
timeout = 5
[source.columns]
feature_group = "group"
feature_name = "name"
status = "status"
"""
LIVE = "select feature_name, status from {} where {}"
State = dict[str, str]


class World:
    """A cluster, a worker and a service, each of which can be killed and comes back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = folder / "postgres"
        self.port = free_port()
        self.delivery = folder / "delivery.json"
        self.database = embedded.start(self.cluster)
        migrate_database(self.database)
        (folder / "sources.toml").write_text(SOURCES.format(port=self.port), encoding="utf-8")
        self.deliver({})
        self.service = self._start_service()
        self.worker = self._start_worker()

    def _start_service(self) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("paged_source.py")
        return subprocess.Popen([sys.executable, script, str(self.port), self.delivery])

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return start(self.folder, "worker", FMW_DATABASE_URL=self.database)

    def deliver(self, state: State) -> None:
        rows = [{"group": "g", "name": name, "status": status} for name, status in state.items()]
        coming = self.delivery.with_suffix(".new")
        coming.write_text(json.dumps(rows), encoding="utf-8")
        coming.replace(self.delivery)

    def kill_worker(self) -> None:
        self._kill(self.worker)
        self.worker = self._start_worker()

    def kill_service(self) -> None:
        self._kill(self.service)
        self.service = self._start_service()

    def kill_backend(self) -> None:
        """Kill what works for the worker; the others then have to end, too, and recover."""
        with suppress(psycopg.Error, psutil.NoSuchProcess):
            query = (
                "select pid from pg_stat_activity where application_name = 'fmw-etl'"
                " order by state = 'active' desc, random() limit 1"
            )
            if row := self.ask(query):
                psutil.Process(row[0][0]).kill()

    def kill_postmaster(self) -> None:
        """Kill the server itself, and start it as its service would: again until it runs."""
        number = int((self.cluster / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(number)
        postmaster.suspend()  # no further child
        family = [postmaster, *postmaster.children(recursive=True)]
        postmaster.kill()
        _, left = psutil.wait_procs(family, timeout=60)
        assert not left, f"they outlive their server: {left}"
        until(self._start_postmaster, "Postgres", 120)

    def _start_postmaster(self) -> bool:
        started = subprocess.run(
            [embedded.program("pg_ctl"), "-D", self.cluster, "-w", "-l", "log", "restart"],
            user=self.cluster.stat().st_uid,
            cwd=self.cluster,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return started.returncode == 0

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it had ended by itself"

    def ask(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Ask as the administrator, on a connection of its own: any may be dead."""
        with psycopg.connect(self.database, autocommit=True) as conn:
            return conn.execute(query.encode(), arguments).fetchall()

    def features(self) -> State:
        return dict(self.ask(LIVE.format("core.features", "removed_at is null")))

    def snapshot(self) -> State:
        return dict(self.ask(LIVE.format("api.features", "true")))

    def end(self) -> None:
        for process in (self.worker, self.service):
            process.kill()
            process.wait()
        embedded.stop(self.cluster)


@pytest.fixture
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="fmw-kills-"))
    folder.chmod(0o755)
    made = World(folder)
    yield made
    made.end()
    shutil.rmtree(folder)


def follow(chance: random.Random, state: State, number: int) -> tuple[State, Counter[str]]:
    """Return a next state, and how many changes of each kind lie between."""
    gone = set(chance.sample(sorted(state), len(state) // 10))
    kept = {name: status for name, status in state.items() if name not in gone}
    changed = chance.sample(sorted(kept), len(kept) // 4)
    new = {f"feature {number}-{i}": "new" for i in range(ROWS - len(kept))}
    following = kept | dict.fromkeys(changed, f"status {number}") | new
    return following, Counter(C=len(new), U=len(changed), D=len(gone))


def test_nothing_is_lost_or_doubled(world: World) -> None:
    chance = random.Random(20261125)  # noqa: S311  the same at each run, no secret
    ways = [world.kill_worker, world.kill_service, world.kill_backend, world.kill_postmaster]
    state: State = {}
    expected: Counter[str] = Counter()
    until(lambda: world.ask("select 1 from ops.sources"), "the worker")
    for number in range(KILLS):
        following, changes = follow(chance, state, number)
        world.deliver(following)
        run_id = until(lambda: request(world), "the request")
        until(partial(begun, world, run_id), "the start of the run")
        time.sleep(chance.uniform(0, LONGEST))
        ways[number % len(ways)]()
        expected += changes
        until(partial(arrived, world, run_id, state, following), f"delivery {number}", 90)
        state = following
        counted = world.ask("select op, count(*) from core.changes group by op")
        assert Counter(dict(counted)) == expected
    ends = Counter(status for (status,) in world.ask("select status from ops.runs"))
    assert set(ends) == {"succeeded", "failed"}
    assert ends["failed"] >= KILLS // 10, "the kills came too late to strike anything"


def request(world: World) -> int:
    with suppress(psycopg.OperationalError):
        return int(world.ask("select max(run_id) from ops.request_sync()")[0][0])
    return 0


def begun(world: World, run_id: int) -> bool:
    return "queued" not in runs(world, run_id)


def arrived(world: World, run_id: int, before: State, after: State) -> bool:
    """Whether the new state is there and shown; anything between the two states is a failure."""
    assert world.worker.poll() is None, output(world.folder)
    try:
        features, shown = world.features(), world.snapshot()
        statuses = runs(world, run_id)
    except psycopg.OperationalError:
        return False
    assert features in (before, after)
    assert shown in (before, after)
    assert statuses[-1] != "failed", output(world.folder)
    return features == shown == after and statuses[-1] == "succeeded"


def runs(world: World, first: int) -> list[str]:
    """Return the statuses of a run and of its further attempts."""
    query = "select status from ops.runs where run_id >= %s order by run_id"
    return [status for (status,) in world.ask(query, first)]
