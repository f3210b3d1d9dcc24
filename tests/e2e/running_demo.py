"""A demo of a test: the real process in a folder of its own, on free ports."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from tests.e2e.processes import output, start
from tests.tools import free_port, until

Row = dict[str, str]


class Demo:
    """A demo in a folder of its own, on free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "var" / "demo"
        self.ports = {"FMW_GATEWAY_PORT": str(free_port()), "FMW_VIEWER_PORT": str(free_port())}
        self.viewer = f"http://127.0.0.1:{self.ports['FMW_VIEWER_PORT']}"
        self.api = f"http://127.0.0.1:{self.ports['FMW_GATEWAY_PORT']}/api"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start the process and return at once."""
        self.process = start(self.folder, "demo", *options, **self.ports)

    def bring_up(self, *options: str) -> None:
        """Start, and wait until it says that it is up."""
        self.start(*options)
        until(lambda: "Ctrl-C stops" in self.output() or self.ended(), "the demo", 120)
        assert not self.ended(), self.output()

    def ended(self) -> bool:
        assert self.process
        return self.process.poll() is not None

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def output(self) -> str:
        return output(self.folder)

    def processes(self) -> list[psutil.Process]:
        """Return the process, its children and the Postgres with all of its own."""
        assert self.process
        mine = psutil.Process(self.process.pid)
        server = psutil.Process(self.server_pid())
        return [mine, *mine.children(recursive=True), server, *server.children()]

    def server_pid(self) -> int:
        file = self.home / "var" / "postgres" / "postmaster.pid"
        return int(file.read_text().splitlines()[0])

    def rows(self, path: str, **query: str) -> list[Row]:
        answer = httpx.get(f"{self.api}{path}", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text)))

    def request_sync(self, body: dict[str, Any]) -> str:
        """Ask for a sync until no scheduled run is in the way; return where its runs are."""

        def post() -> httpx.Response | None:
            answer = httpx.post(f"{self.api}/dev/sync/run", json=body)
            return None if answer.status_code == 409 else answer

        answer = until(post, "a free queue")
        assert answer is not None
        assert answer.status_code == 202, answer.text
        return str(answer.headers["location"]).removeprefix("/api")

    def finished(self, location: str) -> list[Row]:
        """Wait until the runs at a location are over and return them."""
        path, query = location.split("?")
        name, value = query.split("=", 1)

        def over() -> list[Row]:
            runs = self.rows(path, **{name: value})
            return runs if runs and all(run["finished_at"] for run in runs) else []

        return until(over, f"the runs {value}")

    def kill_all(self) -> None:
        """Leave nothing behind, whatever a test left."""
        if self.process and not self.ended():
            self.end(signal.SIGINT)
        for process in psutil.process_iter(["cmdline", "environ"]):
            if str(self.home) in str(process.info):
                process.kill()
