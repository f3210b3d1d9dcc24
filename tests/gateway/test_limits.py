"""Settings and changes of the schema: what the gateway does when it is pointed elsewhere."""

from __future__ import annotations

import time

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from fmw.errors import SettingsError
from fmw.settings import Settings
from gateway.app import create_app
from tests.gateway.conftest import execute

Client = TestClient[Litestar]


def test_json_can_be_the_default(sample_settings: Settings) -> None:
    with TestClient(
        create_app(msgspec.structs.replace(sample_settings, gateway_format="json"))
    ) as client:
        assert client.get("/api/v1/numbers?limit=1", headers={"Accept": "*/*"}).json() == [
            {"n": 1, "odd": 1}
        ]


def test_a_default_nobody_can_make_is_refused(sample_settings: Settings) -> None:
    with pytest.raises(SettingsError, match="gateway_format is 'pdf'"):
        create_app(msgspec.structs.replace(sample_settings, gateway_format="pdf"))


@pytest.mark.parametrize(
    ("query", "status", "content_range"),
    [
        ("", 206, "0-2/5"),
        ("limit=4&offset=1", 206, "1-3/5"),
        ("limit=3", 200, "0-2/*"),
        ("n=lt.4", 200, "0-2/*"),
        ("offset=3", 200, "3-4/*"),
    ],
)
def test_a_cut_answer_says_so(
    sample_settings: Settings, query: str, status: int, content_range: str
) -> None:
    with TestClient(
        create_app(msgspec.structs.replace(sample_settings, gateway_max_rows=3))
    ) as client:
        response = client.get(f"/api/v1/numbers?order=n&format=json&{query}")
    assert (response.status_code, response.headers["Content-Range"]) == (status, content_range)
    assert len(response.json()) <= 3
    assert ("X-Truncated" in response.headers) == (status == 206)


def test_a_new_view_is_found_at_once(client: Client, sample: str) -> None:
    time.sleep(1.1)  # the catalog is read again once a second at most
    execute(
        sample,
        "create view sample.fresh as select 1 as a; grant select on sample.fresh to sample_reader",
    )
    try:
        assert client.get("/api/v1/fresh").text == "a\n1\n"
        execute(sample, "create or replace view sample.fresh as select 1 as a, 2 as b")
        execute(sample, "notify fmw, 'snapshot 8'")
        deadline = time.monotonic() + 5
        while client.get("/api/v1/fresh").text != "a,b\n1,2\n":
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        execute(sample, "drop view sample.fresh")
    response = client.get("/api/v1/fresh")
    assert (response.status_code, response.json()["code"]) == (503, "42P01")


def test_connections_that_died_are_replaced(client: Client, sample: str) -> None:
    assert client.get("/api/v1/numbers").status_code == 200
    execute(
        sample,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'sample-reader'",
    )
    assert client.get("/api/v1/numbers").status_code == 200


def test_reads_cannot_write(client: Client, sample: str) -> None:
    execute(
        sample,
        "create sequence sample.counter; grant all on sequence sample.counter to sample_reader;"
        "create view sample.writes as select nextval('sample.counter') as n;"
        "grant select on sample.writes to sample_reader",
    )
    time.sleep(1.1)
    response = client.get("/api/v1/writes")
    assert (response.status_code, response.json()["code"]) == (405, "25006")
