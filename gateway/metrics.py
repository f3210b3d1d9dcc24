"""What the gateway counts, for Prometheus: `GET /metrics`, on this machine only."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

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
_POOL = {
    "size": ("pool_size", "Database connections that are open"),
    "available": ("pool_available", "Open connections that nobody uses"),
    "max": ("pool_max", "Database connections at most"),
}
_COUNTS = {
    "bytes": ("response_bytes", "Bytes of bodies sent"),
    "hits": ("cache_hits", "Answers from memory or a file, or by 304: without the database"),
    "broken": ("incomplete", "Answers that broke off"),
}
_TIMES = {
    "first": ("first_byte_seconds", "Until the first byte of the body"),
    "whole": ("request_seconds", "Until the last byte of the body"),
}


class _Times:
    """How many took how long; bare numbers, for those of the library are locked each time."""

    def __init__(self) -> None:
        self.total = 0.0
        """Seconds of all."""
        self._counts = [0] * (len(BUCKETS) + 1)

    def note(self, seconds: float) -> None:
        """Count one."""
        self.total += seconds
        self._counts[bisect_left(BUCKETS, seconds)] += 1

    def buckets(self) -> list[tuple[str, float]]:
        """Return how many took at most so long, for each bound."""
        return list(zip((*map(str, BUCKETS), "+Inf"), accumulate(self._counts), strict=True))


class _Route:
    """What was counted of one route."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[int, str]] = Counter()
        """By status and format."""
        self.bytes = self.hits = self.broken = 0
        self.first, self.whole = _Times(), _Times()


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
        self._routes: dict[str, _Route] = {}

    def note(self, seen: Observation) -> None:
        """Count a request."""
        route = self._routes.get(seen.route) or self._routes.setdefault(seen.route, _Route())
        route.requests[seen.status, seen.format] += 1
        route.bytes += seen.size
        route.hits += seen.was_cached
        route.broken += not seen.is_complete
        if seen.first_byte is not None:
            route.first.note(seen.first_byte)
        route.whole.note(seen.seconds)

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
        """Yield what was counted, and how all else stands now."""
        yield from self._counted()
        yield from self._pools()
        yield from self._snapshot(self._readers[0])
        if self.observer:
            yield _gauge("requests_in_flight", "Requests under way", self.observer.running)
            said = "Answers whose body has begun and not ended"
            yield _gauge("streams_in_flight", said, self.observer.streaming)
        if self._log:
            yield from _queue(self._log)

    def _counted(self) -> Iterator[Metric]:
        said = "Requests answered; status 304 = the client's copy is right"
        requests = CounterMetricFamily(
            "fmw_gateway_requests", said, labels=["route", "status", "format"]
        )
        for name, route in self._routes.items():
            for (status, form), count in route.requests.items():
                requests.add_metric([name, str(status), form], count)
        yield requests
        for field, (key, said) in _COUNTS.items():
            family = CounterMetricFamily(f"fmw_gateway_{key}", said, labels=["route"])
            for name, route in self._routes.items():
                family.add_metric([name], getattr(route, field))
            yield family
        for field, (key, said) in _TIMES.items():
            times = HistogramMetricFamily(f"fmw_gateway_{key}", said, labels=["route"])
            for name, route in self._routes.items():
                found: _Times = getattr(route, field)
                times.add_metric([name], found.buckets(), found.total)
            yield times

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


def _since(moment: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - moment).total_seconds()


def _gauge(name: str, said: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fmw_gateway_{name}", said, value=value)
