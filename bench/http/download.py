"""A client that costs next to nothing: it reads an answer from the socket and throws it away."""

from __future__ import annotations

import socket
import time

import msgspec

BUFFER = 256 * 1024
LAST_CHUNK = b"0\r\n\r\n"


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer arrived, in seconds and bytes."""

    total: float
    first: float = 0.0
    """Until the first byte of the body."""
    pause: float = 0.0
    """The longest wait behind it."""
    size: int = 0
    """With the frames of its chunks."""


def download(port: int, path: str) -> Download:
    """Read a streamed answer to its end; anything but a complete one is an error."""
    block = bytearray(BUFFER)
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        started = time.perf_counter()
        lines = f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "", ""
        connection.sendall("\r\n".join(lines).encode())
        head = b""
        while not head.partition(b"\r\n\r\n")[2] and (more := connection.recv(BUFFER)):
            head += more
        last = time.perf_counter()
        first, pause = last - started, 0.0
        status, tail = head[9:12], head[-5:]
        size = len(head.partition(b"\r\n\r\n")[2])
        while count := connection.recv_into(block):
            tail = (tail + block[max(0, count - 5) : count])[-5:]
            size += count
            now = time.perf_counter()
            pause, last = max(pause, now - last), now
    if status != b"200" or tail != LAST_CHUNK:
        raise SystemExit(f"{path} answers {head[:300]!r} and ends with {tail!r}")
    return Download(total=last - started, first=first, pause=pause, size=size)
