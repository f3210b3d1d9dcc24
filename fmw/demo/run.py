"""`fmw demo`: everything at once, on an embedded Postgres, with data that looks real."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from db import embedded
from db.migrate import migrate
from fmw.demo.data import DAYS
from fmw.demo.folder import State, only_one, prepare, write_state
from fmw.demo.load import load
from fmw.demo.services import HOST, Services, pick_port
from fmw.demo.welcome import welcome
from fmw.errors import SettingsError
from fmw.settings import CONFIG_VARIABLE, PREFIX, Settings, load_settings

PORTS = ("gateway_port", "viewer_port")
"""All the demo takes from the settings of whoever starts it."""
ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl-C, a supervisor, a closed terminal, Ctrl-Break: to the demo they are all the same."""


def run_demo(settings: Settings, console: Console, *, days: int | None, reset: bool) -> None:
    """Bring up the demo in `var/demo`, and keep it up until Ctrl-C.

    `days` is the length of the history a new demo gets. Raises `SettingsError` if a database is
    set, and `FmwError` if something does not come up or dies; everything has ended in any case.
    """
    if settings.database_url:
        raise SettingsError(
            "database_url is set, and the demo never touches a real database",
            hint="unset FMW_DATABASE_URL, or start the demo in an empty folder",
        )
    logging.getLogger().setLevel(logging.WARNING)
    _take_signals()
    home = settings.path(settings.var) / "demo"
    with only_one(home):
        environ = _environ(home, settings, console)
        services = Services(environ, home / "logs")
        state = prepare(home, days or DAYS, reset=reset)
        if days not in (None, state.days):
            console.print(f"The demo keeps its {state.days} days; --reset gives it others.")
        try:
            began = time.monotonic()
            own = _bring_up(state, environ, services, console)
            with suppress(KeyboardInterrupt):
                welcome(own, HOST, console, time.monotonic() - began)
                services.watch()
        finally:
            _bring_down(home, services, console)


def _bring_up(
    state: State, environ: Mapping[str, str], services: Services, console: Console
) -> Settings:
    """Start the database, fill it if that is not done, start the services; return the settings."""
    settings = load_settings(environ)
    with console.status("starting the embedded Postgres"):
        migrate(settings)
    if state.loaded_at is None:
        load(settings, state.days, console)
        write_state(settings.home, State(days=state.days, loaded_at=dt.datetime.now(dt.UTC)))
    with console.status("starting worker, gateway and viewer"):
        services.start()
        services.await_ready(
            f"http://{HOST}:{settings.gateway_port}/ready",
            f"http://{HOST}:{settings.viewer_port}/healthz",
        )
    return settings


def _bring_down(home: Path, services: Services, console: Console) -> None:
    """End the children first, Postgres last, even if the terminal we talk to has gone."""
    for name in ENDINGS:
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        console.print("Stopping ...")
    killed = services.stop()
    embedded.stop(home / "var" / "postgres")
    with suppress(OSError):
        for name in killed:
            console.print(f"[yellow]The {name} did not stop when asked and was killed.[/]")
        console.print("Everything has stopped.")


def _take_signals() -> None:
    """Let every way to end a program raise KeyboardInterrupt, but for a hang-up under nohup."""
    for name in ENDINGS:
        number = getattr(signal, name, None)
        if number and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            signal.signal(number, signal.default_int_handler)


def _environ(home: Path, settings: Settings, console: Console) -> dict[str, str]:
    """Return the children's environment: ours, with the demo's settings instead of ours."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    own[CONFIG_VARIABLE] = str(home / "fmw.toml")
    for name in PORTS:
        port = pick_port(settings, name)
        if port != getattr(settings, name):
            console.print(f"Port {getattr(settings, name)} is in use: {name} is {port} this time.")
        own[PREFIX + name.upper()] = str(port)
    return own
