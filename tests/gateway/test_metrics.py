"""What Prometheus reads, by its own parser."""

from __future__ import annotations

import threading
import time

import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from fmw.settings import Settings
from gateway.app import create_app
from gateway.metrics import BUCKETS
from tests.gateway.process import serving

Client = TestClient[Litestar]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
READ = {"route": "/api/v1/{name}"}


def parse(text: str) -> Samples:
    """All samples, by name without the prefix and labels; every metric has a help text."""
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation for family in families)
    samples = [sample for family in families for sample in family.samples]
    assert all(sample.name.startswith("fmw_gateway_") for sample in samples)
    found = {
        (sample.name.removeprefix("fmw_gateway_"), frozenset(sample.labels.items())): sample.value
        for sample in samples
    }
    assert len(found) == len(samples)
    return found


def scrape(client: Client) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return parse(response.text)


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


@pytest.fixture
def client(views: None, fmw: Client) -> Client:
    return fmw


def test_requests_are_counted(client: Client) -> None:
    plain = {"Accept-Encoding": "identity"}
    sizes = [len(client.get("/api/v1/big", headers=plain).content) for _ in range(3)]
    sizes.append(len(client.get("/api/v1/nothing").content))
    client.head("/api/v1/big?format=json")
    client.get("/elsewhere")
    samples = scrape(client)
    assert value(samples, "requests_total", status="200", format="csv", **READ) == 3
    assert value(samples, "requests_total", status="200", format="json", **READ) == 1
    assert value(samples, "requests_total", status="404", format="json", **READ) == 1
    assert value(samples, "requests_total", status="404", format="json", route="unmatched") == 1
    assert value(samples, "response_bytes_total", **READ) == sum(sizes)
    assert value(scrape(client), "requests_total", status="200", format="plain", route="/metrics")


def test_latencies_are_counted(client: Client) -> None:
    for _ in range(5):
        client.get("/api/v1/big")
    samples = scrape(client)
    for name in ("first_byte_seconds", "request_seconds"):
        bounds = [*map(str, BUCKETS), "+Inf"]
        counts = [value(samples, f"{name}_bucket", le=bound, **READ) for bound in bounds]
        assert counts == sorted(counts)
        assert counts[-1] == value(samples, f"{name}_count", **READ) == 5
    first, whole = (
        value(samples, f"{name}_seconds_sum", **READ) for name in ("first_byte", "request")
    )
    assert 0 < first <= whole < 60


def test_hits_and_unchanged_are_counted(warm: Client) -> None:
    before = value(scrape(warm), "cache_hits_total", **READ)
    tag = warm.get("/api/v1/all?limit=0").headers["ETag"]
    warm.get("/api/v1/all?limit=0", headers={"If-None-Match": tag})
    samples = scrape(warm)
    assert value(samples, "cache_hits_total", **READ) == before + 2
    assert value(samples, "requests_total", status="304", format="", **READ) == 1


def test_answers_that_break_off_are_counted(client: Client) -> None:
    client.get("/api/v1/fails_late")
    assert value(scrape(client), "incomplete_total", **READ) == 1


def test_pools_are_shown(client: Client) -> None:
    client.get("/api/v1/big")
    client.get("/api/dev/runs")
    samples = scrape(client)
    assert value(samples, "pool_max", schema="api") == 8
    assert value(samples, "pool_max", schema="ops") == 2
    for schema in ("api", "ops"):
        size = value(samples, "pool_size", schema=schema)
        assert 1 <= value(samples, "pool_available", schema=schema) <= size
        assert value(samples, "pool_waiting", schema=schema) == 0


def test_the_snapshot_is_shown(warm: Client, admin: psycopg.Connection) -> None:
    [(version, age)] = admin.execute(
        "select snapshot_version, extract(epoch from now() - refreshed_at) from api.snapshot"
    ).fetchall()
    samples = scrape(warm)
    assert value(samples, "snapshot_version") == version
    assert age <= value(samples, "snapshot_age_seconds") < float(age) + 10
    assert value(samples, "database_up") == 1


def test_the_log_is_shown(client: Client, admin: psycopg.Connection) -> None:
    admin.execute("revoke insert on ops.request_log from fmw_log")
    for _ in range(4):
        client.get("/api/v1/big?limit=1")
    samples = scrape(client)
    assert value(samples, "request_log_queue") == 4
    assert value(samples, "request_log_total", outcome="written") == 0
    admin.execute("grant insert on ops.request_log to fmw_log")
    deadline = time.monotonic() + 10
    while value(scrape(client), "request_log_queue"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert value(scrape(client), "request_log_total", outcome="written") == 4
    assert value(scrape(client), "request_log_total", outcome="dropped") == 0


def test_without_a_log_there_is_no_queue(settings: Settings) -> None:
    without = msgspec.structs.replace(settings, gateway_request_log=False)
    with TestClient(create_app(without)) as client:
        assert not [name for name, _ in scrape(client) if name.startswith("request_log")]


def test_open_metrics_are_spoken_too(client: Client) -> None:
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_what_comes_through_a_proxy_sees_nothing(client: Client) -> None:
    response = client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"})
    assert (response.status_code, response.json()["code"]) == (404, "PGRST125")


def test_streams_under_way_are_shown(settings: Settings, admin: psycopg.Connection) -> None:
    admin.execute(
        "create view api.endless as"
        " select generate_series(1, 100000000) as n, repeat('x', 1000) as text;"
        " grant select on api.endless to fmw_reader"
    )
    with serving(settings) as running:

        def gauges() -> tuple[float, float]:
            samples = parse(running.get("/metrics")[1].decode())
            return value(samples, "requests_in_flight"), value(samples, "streams_in_flight")

        assert gauges() == (1, 0)  # /metrics itself
        with running.open("/api/v1/endless") as one, running.open("/api/v1/endless") as other:
            assert one.read(1000)
            assert other.read(1000)
            assert gauges() == (3, 2)
        deadline = time.monotonic() + 10
        while gauges() != (1, 0):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_waits_for_a_connection_is_shown(settings: Settings, admin: psycopg.Connection) -> None:
    admin.execute("create view api.slow as select pg_sleep(3)::text as slept")
    admin.execute("grant select on api.slow to fmw_reader")
    narrow = msgspec.structs.replace(settings, gateway_pool=1, gateway_pool_timeout=20)
    with serving(narrow) as running:
        threads = [
            threading.Thread(target=running.get, args=("/api/v1/slow?limit=1",)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 10
        waiting = 0.0
        while waiting != 2:
            samples = parse(running.get("/metrics")[1].decode())
            waiting = value(samples, "pool_waiting", schema="api")
            assert time.monotonic() < deadline
        assert running.get("/ready")[0].status == 200  # busy is not away
        for thread in threads:
            thread.join()
        samples = parse(running.get("/metrics")[1].decode())
        assert value(samples, "pool_waiting", schema="api") == 0
