"""What the gateway counts, for Prometheus: `GET /metrics`, on this machine only."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from gateway.errors import ApiError
from gateway.observer import Observation, Observer
from gateway.reader import Reader
from gateway.request_log import RequestLog

BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; what is promised (P95 below 3 s and 5 s) is among them."""
_NAMES = [*map(str, BUCKETS), "+Inf"]
_POOL = {
    "size": ("pool_size", "Database connections that are open"),
    "available": ("pool_available", "Open connections that nobody uses"),
    "max": ("pool_max", "Database connections at most"),
}


class Latency(msgspec.Struct):
    """How many answers took how long."""

    counts: list[int] = msgspec.field(default_factory=lambda: [0] * len(_NAMES))
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Return how many took at most so long."""
        return [(name, sum(self.counts[: n + 1])) for n, name in enumerate(_NAMES)]


class Metrics(Collector):
    """Counts requests as they are noted, and reads the rest when it is asked."""

    def __init__(self, readers: tuple[Reader, ...], log: RequestLog | None) -> None:
        """Watch the pools of `readers`, the snapshot of the first, and the queue of the log."""
        self.observer: Observer | None = None
        """Who knows what is under way."""
        self._readers = readers
        self._log = log
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._bytes: Counter[str] = Counter()
        self._hits: Counter[str] = Counter()
        self._first: dict[str, Latency] = {}
        self._whole: dict[str, Latency] = {}
        self._broken: Counter[str] = Counter()

    def note(self, seen: Observation) -> None:
        """Count a request."""
        route = seen.route
        self._requests[route, str(seen.status), seen.format] += 1
        self._bytes[route] += seen.size
        if seen.was_cached:
            self._hits[route] += 1
        if not seen.is_complete:
            self._broken[route] += 1
        if seen.first_byte is not None:
            _of(self._first, route).add(seen.first_byte)
        _of(self._whole, route).add(seen.seconds)

    def route(self) -> HTTPRouteHandler:
        """Return the route that shows them; what came through a proxy is told that it is none."""
        registry = CollectorRegistry()
        registry.register(self)

        @get("/metrics")
        async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
            if "x-forwarded-for" in request.headers:
                raise ApiError(404, "PGRST125", "Invalid path specified in request URL")
            encode, media_type = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(registry), media_type=media_type)

        return metrics

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: what there is shows when it is collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it stands now."""
        yield from self._answers()
        yield from self._pools()
        yield from self._snapshot(self._readers[0])
        if self.observer:
            yield _gauge("requests_in_flight", "Requests under way", self.observer.running)
            said = "Answers whose body has begun and not ended"
            yield _gauge("streams_in_flight", said, self.observer.streaming)
        if self._log:
            yield from _queue(self._log)

    def _answers(self) -> Iterator[Metric]:
        said = "Requests answered; status 304 = the client's copy is right"
        requests = _counter("requests", said, "route", "status", "format")
        for labels, count in self._requests.items():
            requests.add_metric(labels, count)
        yield requests
        yield _by_route("response_bytes", "Bytes of bodies sent", self._bytes)
        said = "Answers from memory or a file, or by 304: without the database"
        yield _by_route("cache_hits", said, self._hits)
        yield _by_route("incomplete", "Answers that broke off", self._broken)
        yield _histogram("first_byte_seconds", "Until the first byte of the body", self._first)
        yield _histogram("request_seconds", "Until the last byte of the body", self._whole)

    def _pools(self) -> Iterator[Metric]:
        stats = [(reader.schema, reader.pool.get_stats()) for reader in self._readers]
        for name, (key, said) in _POOL.items():
            family = GaugeMetricFamily(f"fmw_gateway_pool_{name}", said, labels=["schema"])
            for schema, stat in stats:
                family.add_metric([schema], stat.get(key, 0))
            yield family
        said = "Requests that wait for their turn to use a connection"
        family = GaugeMetricFamily("fmw_gateway_pool_waiting", said, labels=["schema"])
        for reader in self._readers:
            family.add_metric([reader.schema], reader.waiting)
        yield family

    def _snapshot(self, reader: Reader) -> Iterator[Metric]:
        yield _gauge("database_up", "1 = Postgres answers", float(not reader.is_away))
        shown = reader.shown
        if shown is None:
            return
        yield _gauge("snapshot_version", "Version of the snapshot shown", shown.snapshot_version)
        said = "Seconds since the snapshot changed"
        yield _gauge("snapshot_age_seconds", said, _since(shown.refreshed_at))
        if shown.checked_at:
            said = "Seconds since its sources were last checked"
            yield _gauge("snapshot_checked_age_seconds", said, _since(shown.checked_at))


def _queue(log: RequestLog) -> Iterator[Metric]:
    yield _gauge("request_log_queue", "Requests that wait to be logged", log.waiting)
    counts = {"written": log.written, "dropped": log.dropped, "refused": log.refused}
    family = _counter("request_log", "Requests logged, or dropped, or refused", "outcome")
    for outcome, count in counts.items():
        family.add_metric([outcome], count)
    yield family


def _of(latencies: dict[str, Latency], route: str) -> Latency:
    found = latencies.get(route)
    if found is None:
        found = latencies[route] = Latency()
    return found


def _since(moment: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - moment).total_seconds()


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fmw_gateway_{name}", said, value=value)


def _counter(name: str, said: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"fmw_gateway_{name}", said, labels=labels)


def _by_route(name: str, said: str, counts: Mapping[str, int]) -> Metric:
    family = _counter(name, said, "route")
    for route, count in counts.items():
        family.add_metric([route], count)
    return family


def _histogram(name: str, said: str, latencies: Mapping[str, Latency]) -> Metric:
    family = HistogramMetricFamily(f"fmw_gateway_{name}", said, labels=["route"])
    for route, latency in latencies.items():
        family.add_metric([route], latency.buckets(), latency.total)
    return family
