"""The demo's child processes: started together, watched, and stopped together."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import msgspec

from fmw.errors import FmwError, SettingsError
from fmw.settings import Settings

HOST = "127.0.0.1"
NAMES = ("worker", "gateway", "viewer")
START_SECONDS = 60
STOP_SECONDS = 15
"""More than the services give the answers that are under way."""
PORTS_TO_TRY = 20
LAST_LINES = 15

if sys.platform == "win32":
    _STOP = signal.CTRL_BREAK_EVENT  # the only one a process group takes there
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _STOP = signal.SIGINT
    _OWN_GROUP = 0


class Service(msgspec.Struct, frozen=True):
    """A child process and the file it logs to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    start: int
    """Size of the log when it was started."""


class Services:
    """The worker, the gateway and the viewer of one demo."""

    def __init__(self, environ: Mapping[str, str], logs: Path) -> None:
        """`environ` is all they get to know; `logs` is the folder of their log files."""
        self._environ = environ
        self._logs = logs
        self._running: list[Service] = []

    def start(self) -> None:
        """Start all of them, each in a group of its own: Ctrl-C must reach them once, from us."""
        self._logs.mkdir(exist_ok=True)
        for name in NAMES:
            log = self._logs / f"{name}.log"
            with log.open("ab") as stream:
                start = stream.tell()
                process = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-X", "utf8", "-m", "fmw", name],
                    env=self._environ,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    creationflags=_OWN_GROUP,
                )
            self._running.append(Service(name, process, log, start))

    def await_ready(self, *urls: str) -> None:
        """Return when every URL answers; raises `FmwError` if that takes too long."""
        deadline = time.monotonic() + START_SECONDS
        for url in urls:
            while not _answers(url):
                self.check()
                if time.monotonic() > deadline:
                    raise FmwError(f"{url} does not answer", hint=f"read the logs in {self._logs}")
                time.sleep(0.1)

    def watch(self) -> None:
        """Stay until one of them ends, which raises, or somebody interrupts."""
        while True:
            self.check()
            time.sleep(0.5)

    def check(self) -> None:
        """Raise `FmwError` with the end of its log if one of them has ended."""
        for service in self._running:
            code = service.process.poll()
            if code is not None:
                text = service.log.read_bytes()[service.start :].decode(errors="replace")
                text = text.replace("\\n", "\n")  # a traceback in a line of JSON
                end = "\n".join(text.splitlines()[-LAST_LINES:])
                raise FmwError(
                    f"the {service.name} ended by itself, with code {code}; its last words:\n{end}",
                    hint=f"the whole log is {service.log}",
                )

    def stop(self) -> list[str]:
        """Ask all of them to end, wait, and return the names of those that had to be killed."""
        for service in self._running:
            if service.process.poll() is None:
                service.process.send_signal(_STOP)
        deadline = time.monotonic() + STOP_SECONDS
        return [service.name for service in self._running if not _ended(service, deadline)]


def pick_port(settings: Settings, name: str) -> int:
    """Return the port the setting `name` wants, or a free one above it if that is only the default.

    A port somebody chose and that is taken raises `SettingsError`.
    """
    wanted: int = getattr(settings, name)
    if _is_free(wanted):
        return wanted
    if wanted != getattr(Settings(), name):
        raise SettingsError(
            f"port {wanted} is in use", hint=f"choose another {name} (or FMW_{name.upper()})"
        )
    for port in range(wanted + 1, wanted + PORTS_TO_TRY):
        if _is_free(port):
            return port
    raise SettingsError(
        f"port {wanted} and the next ones are in use", hint=f"choose {name} (FMW_{name.upper()})"
    )


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _ended(service: Service, deadline: float) -> bool:
    try:
        service.process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        service.process.kill()
        service.process.wait()
        return False
    return True
