"""What the gateway counts, for Prometheus: `GET /metrics`, on this machine only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
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
_POOL = {
    "size": ("pool_size", "Database connections that are open"),
    "available": ("pool_available", "Open connections that nobody uses"),
    "max": ("pool_max", "Database connections at most"),
}
_Labelled = TypeVar("_Labelled", Counter, Histogram)


class Metrics(Collector):
    """Counts requests as they are noted, and reads the rest when it is asked."""

    def __init__(self, readers: tuple[Reader, ...], log: RequestLog | None) -> None:
        """Watch the pools of `readers`, the snapshot of the first, and the queue of the log."""
        self.observer: Observer | None = None
        """Who knows what is under way."""
        self._readers = readers
        self._log = log
        self._registry = CollectorRegistry()
        self._registry.register(self)
        said = "Requests answered; status 304 = the client's copy is right"
        self._requests = self._counter("requests", said, "route", "status", "format")
        self._bytes = self._counter("response_bytes", "Bytes of bodies sent", "route")
        said = "Answers from memory or a file, or by 304: without the database"
        self._hits = self._counter("cache_hits", said, "route")
        self._broken = self._counter("incomplete", "Answers that broke off", "route")
        said = "Until the first byte of the body"
        self._first = self._histogram("first_byte_seconds", said)
        self._whole = self._histogram("request_seconds", "Until the last byte of the body")

    def note(self, seen: Observation) -> None:
        """Count a request."""
        route = seen.route
        _of(self._requests, route, seen.status, seen.format).inc()
        _of(self._bytes, route).inc(seen.size)
        if seen.was_cached:
            _of(self._hits, route).inc()
        if not seen.is_complete:
            _of(self._broken, route).inc()
        if seen.first_byte is not None:
            _of(self._first, route).observe(seen.first_byte)
        _of(self._whole, route).observe(seen.seconds)

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"fmw_gateway_{name}", said, labels, registry=self._registry)

    def _histogram(self, name: str, said: str) -> Histogram:
        full, registry = f"fmw_gateway_{name}", self._registry
        return Histogram(full, said, ["route"], buckets=BUCKETS, registry=registry)

    def route(self) -> HTTPRouteHandler:
        """Return the route that shows them; what came through a proxy is told that it is none."""

        @get("/metrics")
        async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
            if "x-forwarded-for" in request.headers:
                raise ApiError(404, "PGRST125", "Invalid path specified in request URL")
            encode, media_type = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(self._registry), media_type=media_type)

        return metrics

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: what there is shows when it is collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what is not counted, but as it stands now."""
        yield from self._pools()
        yield from self._snapshot(self._readers[0])
        if self.observer:
            yield _gauge("requests_in_flight", "Requests under way", self.observer.running)
            said = "Answers whose body has begun and not ended"
            yield _gauge("streams_in_flight", said, self.observer.streaming)
        if self._log:
            yield from _queue(self._log)

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
    said = "Requests logged, or dropped, or refused"
    family = CounterMetricFamily("fmw_gateway_request_log", said, labels=["outcome"])
    for outcome, count in counts.items():
        family.add_metric([outcome], count)
    yield family


# a metric looks its labels up under a lock, each time
@lru_cache(maxsize=1024)
def _of(metric: _Labelled, *labels: object) -> _Labelled:
    return metric.labels(*labels)


def _since(moment: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - moment).total_seconds()


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fmw_gateway_{name}", said, value=value)
