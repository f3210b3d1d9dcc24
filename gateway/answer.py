"""One answer as an ASGI application: headers from what is known early, then the body in blocks."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import psycopg
from litestar.types import Receive, Scope, Send

from gateway.bodies import send_body, send_file
from gateway.cache import Cache, Known, Shown, send_head
from gateway.copying import DOUBT, Opening, Task
from gateway.errors import ApiError, from_database
from gateway.files import WRITERS
from gateway.heads import head_of, rows_of_page
from gateway.packing import WORTH, Packer, Plain, pack
from gateway.query import conditions
from gateway.requests import Request

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class RowSource(Protocol):
    """The rows of one answer, wherever they come from; see `Rows`."""

    count: int
    is_done: bool

    def open(self) -> tuple[Opening, bytes]: ...
    def read(self) -> bytes: ...
    def cancel(self) -> None: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...


class Source(Protocol):
    """Where answers come from: a `Reader`, or an `Archive`."""

    patience: float
    cache: Cache

    def rows(self, task: Task) -> RowSource: ...
    def admitted(self, *, streams: bool) -> AbstractAsyncContextManager[Executor]: ...
    async def run(self, function: Callable[[], _T], seat: Executor | None = None) -> _T: ...
    async def is_alive(self) -> bool: ...
    def dated(self, shown: Shown) -> Shown: ...


class Answer:
    """Sends the rows of one request; errors before the first byte become error answers."""

    def __init__(self, source: Source, request: Request, started: float) -> None:
        """Take what was asked; `started` is `time.perf_counter()` when it came in."""
        self._source = source
        self._request = request
        self._rows = source.rows(request.task)
        self._seat: Executor | None = None
        self._is_gone = False
        self._beside: list[asyncio.Task[None]] = []
        self._checking: asyncio.Task[None] | None = None
        self._parsed = time.perf_counter() - started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; returns without an end of the body when the answer cannot be completed."""
        async with self._source.admitted(streams=self._request.streams) as self._seat:
            try:
                opening, block = await self._open(receive)
                if opening.snapshot:
                    dated = self._source.dated(opening.snapshot)
                    opening = msgspec.structs.replace(opening, snapshot=dated)
                await self._send(send, opening, block)
            except psycopg.Error as exc:
                if not self._is_gone:
                    raise from_database(exc, hint=self._hint(exc)) from exc
            finally:
                for task in self._beside:
                    task.cancel()
                if not self._rows.is_done:
                    await asyncio.shield(self._source.run(self._rows.close))

    async def _open(self, receive: Receive) -> tuple[Opening, bytes]:
        doubt = asyncio.get_running_loop().call_later(DOUBT, self._doubt, receive)
        try:
            opened = await self._finish(self._start(self._rows.open))
        finally:
            doubt.cancel()
            if self._checking:  # it has answered
                self._checking.cancel()
        if not (self._rows.is_done or self._beside):  # it takes long enough for the client to leave
            self._attend(self._watch(receive))
        return opened

    def _doubt(self, receive: Receive) -> None:
        self._attend(self._watch(receive))
        self._checking = self._attend(self._check())

    async def _send(self, send: Send, opening: Opening, block: bytes) -> None:
        form = self._request.task.form
        status, headers = self._head(opening)
        before, after = form.before, form.after
        if opening.facets is not None:
            before, after = b'{"rows":[', b"],%b}" % _envelope(opening.facets, opening.total)
        if self._request.task.rows and not self._rows.is_done:
            await self._stream(send, status, headers, before + block, after)
            return
        body = before + block + after if self._request.task.rows else b""
        if self._request.packs and len(body) >= WORTH:
            body = await self._source.run(partial(pack, body), self._seat)
            headers["Content-Encoding"] = "gzip"
        if self._request.task.rows:
            headers["Content-Length"] = str(len(body))
        known = Known(status=status, headers=headers, body=body)
        if self._request.task.rows and opening.snapshot and (tag := headers.get("ETag")):
            self._source.cache.put(tag, opening.snapshot, known)
        await known.send(send)

    async def _stream(
        self, send: Send, status: int, headers: dict[str, str], block: bytes, after: bytes
    ) -> None:
        packer = Packer() if self._request.packs else Plain()
        if self._request.packs:
            headers["Content-Encoding"] = "gzip"
        await send_head(send, status, headers)
        try:
            block = await self._source.run(partial(packer.add, block), self._seat)
            while not self._rows.is_done:
                following = self._start(partial(self._read, packer, after))
                await send_body(send, block, more=True)
                block = await self._finish(following)
            await send_body(send, block, more=False)
        except (psycopg.Error, ApiError, TimeoutError) as exc:
            if not self._is_gone:
                _log.warning("the answer for %s broke off: %s", self._request.resource, exc)

    def _read(self, packer: Packer | Plain, after: bytes) -> bytes:
        block = self._rows.read()
        return packer.end(block + after) if self._rows.is_done else packer.add(block)

    def _head(self, opening: Opening) -> tuple[int, dict[str, str]]:
        is_counted = self._request.task.rows and self._rows.is_done
        page = self._rows.count if is_counted else rows_of_page(self._request, opening.total)
        return head_of(self._request, opening, page, self._parsed)

    def _hint(self, error: psycopg.Error) -> str | None:
        """Name the types of the columns that were compared, if a value did not fit one."""
        if not (error.sqlstate or "").startswith("22"):
            return None
        request = self._request
        names = {condition.field.column for condition in conditions(request.query.where)}
        columns = [request.relation.column(name) for name in sorted(names)]
        return "; ".join(f"{column.name} is {column.type}" for column in columns if column) or None

    def _start(self, function: Callable[[], _T]) -> asyncio.Future[_T]:
        future = asyncio.get_running_loop().run_in_executor(self._seat, function)
        # its error is somebody's business only as long as somebody waits
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return future

    async def _finish(self, future: asyncio.Future[_T]) -> _T:
        cancel = partial(self._source.run, self._rows.cancel)
        later = asyncio.get_running_loop().call_later
        patience = later(self._source.patience, lambda: self._attend(cancel()))
        try:
            return await future
        finally:
            patience.cancel()

    def _attend(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the answer, as long as it is under way."""
        task = asyncio.create_task(work)
        task.add_done_callback(_tell)
        self._beside.append(task)
        return task

    async def _check(self) -> None:
        if not await self._source.is_alive():
            self._rows.abandon()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        await self._source.run(self._rows.cancel)


class FileAnswer(Answer):
    """Sends a file made of the rows; it is complete, or an error, before the first byte."""

    _path: Path
    _made: tuple[int, dict[str, str]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; while the file goes out, its place for a stream is another's."""
        with tempfile.TemporaryDirectory(prefix="fmw-answer-") as folder:
            self._path = Path(folder) / f"answer.{self._request.task.form.name}"
            await super().__call__(scope, receive, send)
            if self._made is None:  # the client has left
                return
            status, headers = self._made
            await send_head(send, status, headers)
            try:
                await send_file(send, self._path, self._source.run)
            except (OSError, TimeoutError) as exc:
                _log.warning("the file for %s broke off: %s", self._request.resource, exc)

    async def _send(self, send: Send, opening: Opening, block: bytes) -> None:
        task = self._request.task
        writer = WRITERS[task.form.name](self._path, task.types)
        try:
            await self._source.run(partial(writer.add, block), self._seat)
            while not self._rows.is_done:
                block = await self._finish(self._start(self._rows.read))
                await self._source.run(partial(writer.add, block), self._seat)
            await self._source.run(writer.close, self._seat)
        finally:  # in its thread, behind what it may still write there
            await asyncio.shield(self._source.run(writer.discard, self._seat))
        status, headers = self._head(opening)
        self._made = status, headers | {"Content-Length": str(self._path.stat().st_size)}


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("beside an answer", exc_info=error)


def _envelope(facets: object, total: int | None) -> bytes:
    return msgspec.json.encode({"facets": facets, "total": total})[1:-1]
