"""Bodies on their way to a client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

from litestar.types import Send

STALL = 60.0
"""Seconds a client may take for one block before it loses its connection."""
PIECE = 512 * 1024
"""Bytes of a file that are read at once."""

Run = Callable[[Callable[[], bytes]], Awaitable[bytes]]
"""Calls what blocks in a thread."""


async def send_body(send: Send, block: bytes, *, more: bool) -> None:
    """Send one block; raises `TimeoutError` when the client does not take it."""
    async with asyncio.timeout(STALL):
        await send({"type": "http.response.body", "body": block, "more_body": more})


async def send_file(send: Send, path: Path, run: Run) -> None:
    """Send a file, a piece at a time."""
    with path.open("rb") as file:
        while piece := await run(lambda: _piece(file)):
            await send_body(send, piece, more=True)
    await send_body(send, b"", more=False)


def _piece(file: BinaryIO) -> bytes:
    return file.read(PIECE)
