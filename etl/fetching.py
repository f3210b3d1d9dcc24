"""Services of others: what they answer over HTTP, page by page, kept as files."""

from __future__ import annotations

import logging
import os
import shutil
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import tenacity

from etl.declaration import Source
from etl.mapping import parse_path
from etl.reading import File
from fmw.errors import SourceAway, SourceError

logger = logging.getLogger(__name__)

ATTEMPTS = 4
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
MAX_PAGES = 10_000
LONGEST_WAIT = 60.0
"""Seconds a service may ask us to wait before the next attempt."""


class _Kept(msgspec.Struct):
    """What is known of the delivery on disk, so that the service can say it is still the same."""

    url: str
    etag: str
    last_modified: str


class _Transient(Exception):
    """The service may do better in a while."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def fetch(source: Source, folder: Path) -> list[File]:
    """Return the pages of a service as files in `folder`, those of the last time if it says so.

    Follows Link headers, `cursor` or `page_param`, never to another host. Raises `SourceError` if
    the service fails or is larger than the source's limits, `SourceAway` if it does not answer or
    is too slow.
    """
    coming, current = folder / "coming", folder / "current"
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir()
    kept = _read_kept(source, current)
    with _client(source) as client:
        pages = list(_Fetching(source, client, coming).pages(kept))
    if not pages:
        logger.info("source %s: not modified", source.name)
        shutil.rmtree(coming, ignore_errors=True)
    else:
        shutil.rmtree(current, ignore_errors=True)
        coming.rename(current)
        if len(pages) == 1:  # an answer about one page says nothing of the others
            _write_kept(source, current, pages[0])
    names = sorted(path.name for path in current.glob("page-*"))
    return [File(f"{source.name}/{name}", current / name) for name in names]


def _client(source: Source) -> httpx.Client:
    headers = {"User-Agent": "FMW"}
    if source.auth_env:
        if not (secret := os.environ.get(source.auth_env)):
            raise SourceError(
                f"source {source.name}: the variable {source.auth_env} is not set",
                hint=f"set it to the value of the header {source.auth_header}",
            )
        headers[source.auth_header] = secret
    # The system's certificates, not a library's own: an intranet has an authority of its own.
    return httpx.Client(
        headers=headers, timeout=source.timeout, verify=ssl.create_default_context()
    )


class _Fetching:
    """One delivery, being fetched."""

    def __init__(self, source: Source, client: httpx.Client, folder: Path) -> None:
        self._source = source
        self._client = client
        self._folder = folder
        self._host = _origin(httpx.URL(source.url))
        self._ends = time.monotonic() + source.max_seconds
        self._left = source.max_megabytes << 20

    def pages(self, kept: _Kept | None) -> Iterator[httpx.Response]:
        """Yield the answers, their bodies written to files; none if the first is a 304."""
        validators = {}
        if kept:
            validators = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
        first = httpx.URL(self._source.url)
        if self._source.page_param:
            first = first.copy_merge_params({self._source.page_param: "1"})
        url: httpx.URL | None = first
        seen: set[str] = set()
        while url is not None:
            if str(url) in seen or len(seen) >= MAX_PAGES:
                raise self._error(f"page {len(seen) + 1} leads back to {url}")
            seen.add(str(url))
            path = self._folder / f"page-{len(seen):05d}.{self._source.format}"
            response = self._ask(url, path, validators if len(seen) == 1 else {})
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return
            yield response
            url = self._next(url, response, path, len(seen))

    def _ask(self, url: httpx.URL, path: Path, headers: dict[str, str]) -> httpx.Response:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((_Transient, httpx.TransportError)),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_wait,
            before_sleep=tenacity.before_sleep_log(logger, logging.WARNING),
            reraise=True,
        )
        try:
            return retrying(self._ask_once, url, path, {k: v for k, v in headers.items() if v})
        except (_Transient, httpx.HTTPError) as exc:
            raise self._error(str(exc) or type(exc).__name__, SourceAway) from exc

    def _ask_once(self, url: httpx.URL, path: Path, headers: dict[str, str]) -> httpx.Response:
        with self._client.stream("GET", url, headers=headers) as response:
            status = response.status_code
            if status in TRANSIENT:
                wait = response.headers.get("retry-after", "")
                raise _Transient(f"it answered {status}", float(wait) if wait.isdigit() else 0.0)
            if status == httpx.codes.NOT_MODIFIED and headers:
                return response
            if response.is_redirect:
                raise self._error(f"it sends us on to {response.headers.get('location')}")
            if not response.is_success:
                raise self._error(f"it answered {status} {response.reason_phrase}")
            left = self._left
            with path.open("wb") as file:
                for block in response.iter_bytes():
                    left -= len(block)
                    self._check(left)
                    file.write(block)
            self._left = left
        return response

    def _check(self, left: int) -> None:
        for limit, is_over, error in (
            ("max_seconds", time.monotonic() > self._ends, SourceAway),
            ("max_megabytes", left < 0, SourceError),
        ):
            if is_over:
                raise self._error(f"it is over {limit} = {getattr(self._source, limit)}", error)

    def _next(
        self, url: httpx.URL, response: httpx.Response, path: Path, number: int
    ) -> httpx.URL | None:
        self._check(self._left)
        source = self._source
        if source.page_param:
            is_last = not _records(path, source)
            return None if is_last else url.copy_set_param(source.page_param, str(number + 1))
        link = response.links.get("next", {}).get("url")
        if source.cursor:
            link = _value_at(path, source.cursor)
            if link and not str(link).startswith(("http://", "https://", "/", "?")):
                return url.copy_set_param(source.cursor_param, str(link))
        if not link:
            return None
        following = url.join(str(link))
        if _origin(following) != self._host:
            raise self._error(f"its next page is on another host: {following.host}")
        return following

    def _error(self, message: str, error: type[SourceError] = SourceError) -> SourceError:
        return error(
            f"source {self._source.name}: {self._source.place}: {message}",
            hint="try the address by hand, from this machine",
        )


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds to the next attempt: what the service asks for, else ever more."""
    error = state.outcome.exception() if state.outcome else None
    asked = min(getattr(error, "wait", 0.0), LONGEST_WAIT)
    return asked or float(tenacity.wait_random_exponential(multiplier=0.5, max=10)(state))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _value_at(path: Path, place: str) -> Any:
    value = _decoded(path)
    for step in parse_path(place):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _records(path: Path, source: Source) -> Any:
    return _value_at(path, source.records) if source.records else _decoded(path)


def _decoded(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise SourceError(
            f"the page {path.name} is not JSON: {exc}",
            hint="only pages of JSON can be followed by cursor or page_param",
        ) from exc


def _read_kept(source: Source, folder: Path) -> _Kept | None:
    try:
        kept = msgspec.json.decode((folder / "kept.json").read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return kept if kept.url == source.url and (kept.etag or kept.last_modified) else None


def _write_kept(source: Source, folder: Path, page: httpx.Response) -> None:
    kept = _Kept(
        url=source.url,
        etag=page.headers.get("etag", ""),
        last_modified=page.headers.get("last-modified", ""),
    )
    (folder / "kept.json").write_bytes(msgspec.json.encode(kept))
