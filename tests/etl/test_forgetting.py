"""The worker forgets old requests, once a day and as far as it is told to."""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
import pytest

import etl.worker
from etl.worker import work
from fmw.settings import Settings
from tests.etl.test_worker import DECLARED
from tests.tools import until

FILL = """
insert into ops.request_log (at, service, request_id, method, route, status, bytes, milliseconds)
select now() - n * interval '1 day', 'gateway', n::text, 'GET', '/', 200, 1, 1
from (values (1), (5), (89), (91)) as old (n)
"""
LEFT = "select array_agg(request_id order by request_log_id) from ops.request_log"


def left(admin: Any) -> list[str]:
    return list(admin.execute(LEFT).fetchone()[0])


@pytest.mark.parametrize(
    ("keep", "expected"), [(90, ["1", "5", "89"]), (3, ["1"]), (0, ["1", "5", "89", "91"])]
)
def test_it_keeps_what_is_set(
    settings: Settings, admin: Any, monkeypatch: pytest.MonkeyPatch, keep: int, expected: list[str]
) -> None:
    (settings.home / "sources.toml").write_text(DECLARED, encoding="utf-8")
    admin.execute(FILL)
    later = 0.0
    monkeypatch.setattr(etl.worker, "monotonic", lambda: time.monotonic() + later)
    stop = threading.Event()
    kept = msgspec.structs.replace(settings, request_log_keep=keep, worker_poll=0.1)
    thread = threading.Thread(target=work, args=(kept, stop))
    thread.start()
    try:
        until(lambda: admin.execute("select 1 from ops.heartbeats").fetchone())
        until(lambda: list(settings.path(settings.var).glob("snapshots/*")))
        assert left(admin) == expected
        admin.execute(FILL)  # of this day there is nothing more to do
        stop.wait(1)
        assert left(admin) == [*expected, "1", "5", "89", "91"]
        later = etl.worker.DAY
        if keep:
            until(lambda: len(left(admin)) == 2 * len(expected))
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
