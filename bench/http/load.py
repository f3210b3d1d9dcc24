"""Load by wrk (Debian's package `wrk`): one thread, many connections, requests by turns."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

_SCRIPT = """
local requests = {%s}
local number = 0
request = function()
    number = number %% #requests + 1
    return requests[number]
end
done = function(summary, latency)
    local e = summary.errors
    io.write(string.format(
        '\\n{"requests": %%d, "microseconds": %%d, "p50": %%f, "p95": %%f, "errors": %%d}\\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(95),
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a server stood."""

    requests: int
    microseconds: int
    p50: float
    """Microseconds of an answer, median."""
    p95: float
    errors: int
    """Connections refused or broken, statuses above 399, answers that took over two seconds."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.microseconds * 1e6


def http_request(
    path: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """Return a request as it goes over the wire: GET, or POST of JSON."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def ask(port: int, request: bytes) -> bytes:
    """Send one request and return the body of its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        body = response.read()
    if response.status != 200:
        raise SystemExit(f"{request!r} is answered by {response.status}: {body[:500]!r}")
    return body


def load(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Load:
    """Send requests, the next one on each connection as soon as the last one is answered."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is missing: apt-get install wrk (Linux; Windows has none)")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(_SCRIPT % ", ".join(map(_quoted, requests)), encoding="ascii")
        command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s"]
        address = f"http://127.0.0.1:{port}"
        ended = subprocess.run([*command, script, address], check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(ended.stdout.splitlines()[-1], type=Load)


def _quoted(request: bytes) -> str:
    """Write bytes as a string of Lua."""
    return '"' + "".join(f"\\{byte:03d}" for byte in request) + '"'
