"""The demo's history: its deliveries replayed, each with its own date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from db.connection import ETL, connect
from etl.declaration import load_sources
from etl.names import load_names
from etl.runs import Order
from etl.sync import locked, refresh, sync_source
from fmw.demo.data import SEOUL, Delivery, deliveries
from fmw.errors import FmwError
from fmw.settings import Settings

LAST_DELIVERY = dt.time(7, 30)
"""When, in Seoul, the last of a morning's deliveries has come."""


def load(settings: Settings, days: int, console: Console) -> None:
    """Load the name map and the deliveries of the last `days` days, with one refresh at the end.

    Shows a bar at a terminal. Raises `FmwError` if a delivery is not taken as it is.
    """
    end = last_day(dt.datetime.now(SEOUL))
    start = end - dt.timedelta(days=days - 1)
    sources = load_sources(settings.path(settings.sources), settings.spool)
    with _bar(console, days) as bar, connect(settings, ETL) as conn, locked(conn):
        load_names(conn, settings.home / "name_map.csv")
        for delivery in since(start, deliveries(settings.home, end)):
            day = delivery.effective_at.date()
            bar.update(bar.task_ids[0], completed=(day - start).days, day=str(day))
            order = Order(files=[delivery.path], effective_at=delivery.effective_at)
            run = sync_source(conn, sources[delivery.source], order)
            if run.status != "succeeded":
                raise FmwError(f"{delivery.path} is {run.status}: {run.error}")
        refresh(conn)
        bar.update(bar.task_ids[0], completed=days)


def last_day(now: dt.datetime) -> dt.date:
    """Return the last Korean day whose deliveries have all come."""
    today = now.astimezone(SEOUL)
    return today.date() - dt.timedelta(days=today.time() < LAST_DELIVERY)


def since(start: dt.date, story: Iterable[Delivery]) -> Iterator[Delivery]:
    """Yield the deliveries from `start` on.

    First comes, dated to the beginning of that day, what each source held before it.
    """
    midnight = dt.datetime.combine(start, dt.time(), SEOUL)
    before: dict[str, Delivery] = {}
    for delivery in story:
        if delivery.effective_at < midnight:
            before[delivery.source] = msgspec.structs.replace(delivery, effective_at=midnight)
            continue
        yield from before.values()
        before.clear()
        yield delivery
    yield from before.values()


def _bar(console: Console, days: int) -> Progress:
    columns = (
        TextColumn("replaying {task.total} days of deliveries"),
        BarColumn(),
        TextColumn("{task.fields[day]}"),
        TimeElapsedColumn(),
    )
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar.add_task("", total=days, day="")
    return bar
