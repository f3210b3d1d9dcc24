"""Asking for runs: once is enough, and two who ask at once get one run."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from db.connection import OPS, connect
from fmw.settings import Settings

REQUEST = (
    "select run_id, source, status, requested_by from ops.request_sync(%s, requested_by => %s)"
)


@pytest.fixture(autouse=True)
def sources(admin: Any) -> None:
    values = "('a', 'csv', 'x'), ('b', 'csv', 'y')"
    admin.execute(f"insert into ops.sources (source, kind, location) values {values}")


def request(settings: Settings, sources: list[str] | None, by: str = "me") -> list[tuple[Any, ...]]:
    with connect(settings, OPS) as conn:
        return conn.execute(REQUEST, [sources, by]).fetchall()


def test_all_sources_are_queued_when_none_is_named(settings: Settings) -> None:
    rows = request(settings, None)
    assert [row[1:] for row in rows] == [("a", "queued", "me"), ("b", "queued", "me")]


def test_open_run_is_named_to_the_next_who_asks(settings: Settings) -> None:
    ((run_id, *_),) = request(settings, ["a"])
    for again in (["a"], ["b", "a"], None):
        with pytest.raises(psycopg.Error) as caught:
            request(settings, again)
        assert (caught.value.sqlstate, caught.value.diag.message_detail) == ("FM409", str(run_id))
    assert len(request(settings, ["b"])) == 1


def test_unknown_source_is_named(settings: Settings) -> None:
    with pytest.raises(psycopg.Error, match="no such source: c") as caught:
        request(settings, ["a", "c"])
    assert caught.value.sqlstate == "FM404"


def test_the_worker_is_told(settings: Settings, admin: Any) -> None:
    admin.execute("listen fmw")
    request(settings, ["a"])
    (notice,) = list(admin.notifies(timeout=5, stop_after=1))
    assert notice.payload == "run"


def test_of_many_who_ask_at_once_one_gets_the_run(settings: Settings, admin: Any) -> None:
    states: list[str | None] = []

    def ask() -> None:
        try:
            request(settings, ["a"])
            states.append("queued")
        except psycopg.Error as exc:
            states.append(exc.sqlstate)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, states)) == ["FM409"] * 7 + ["queued"]
    assert admin.execute("select count(*) from ops.runs").fetchone() == (1,)
