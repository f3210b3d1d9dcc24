"""Many open tabs without a browser: the page by HTTP, then its websocket, which stays."""

from __future__ import annotations

import asyncio
import re
import time
from uuid import uuid4

import httpx
import socketio  # type: ignore[import-untyped]

AT_ONCE = 5
_ID = re.compile(r"'client_id': '([^']+)'")


class Tabs:
    """Tabs of one address, opened a few at a time."""

    def __init__(self, url: str, path: str) -> None:
        self._url = url
        self._path = path
        self._open: list[socketio.AsyncClient] = []

    async def open(self, count: int) -> list[float]:
        """Open so many more; return the seconds each took until its handshake."""
        turns = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:

            async def one() -> float:
                async with turns:
                    began = time.perf_counter()
                    await self._connect(http)
                    return time.perf_counter() - began

            return await asyncio.gather(*(one() for _ in range(count)))

    async def _connect(self, http: httpx.AsyncClient) -> None:
        page = (await http.get(self._url + self._path)).raise_for_status().text
        found = _ID.search(page)
        if not found:
            raise SystemExit(f"{self._path} has no client")
        query = f"client_id={found[1]}&next_message_id=0&implicit_handshake=true"
        query += f"&document_id={uuid4()}&tab_id={uuid4()}"
        client = socketio.AsyncClient(reconnection=False)
        address = f"{self._url}?{query}"
        await client.connect(
            address, socketio_path="/_nicegui_ws/socket.io", transports=["websocket"]
        )
        self._open.append(client)

    async def close(self) -> None:
        """Leave all of them."""
        await asyncio.gather(*(client.disconnect() for client in self._open))
        self._open.clear()
