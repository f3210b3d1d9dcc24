"""Queries too long for an address: the same grammar in the body of `POST .../query`."""

from __future__ import annotations

from urllib.parse import quote_from_bytes, urlencode

import msgspec
from litestar.types import Receive

from gateway.errors import ApiError

MAX_BODY = 1_048_576
"""Most bytes of a body."""

_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PARAMETERS = msgspec.json.Decoder(dict[str, str | list[str]])


async def body_of(receive: Receive) -> bytes:
    """Return a body; of one that is too long not much more than may be read."""
    body = b""
    while len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        if not message["more_body"]:
            break
    return body


def query_of(query_string: bytes, body: bytes, content_type: str) -> bytes:
    """Return the query string that an address and a body make together.

    The body is a form, as in an address, or a JSON object of texts and lists of texts. Raises
    `ApiError`: 413 for one that is too long, 400 PGRST102 for one that is neither.
    """
    if len(body) > MAX_BODY:
        raise ApiError(413, "PGRST102", f"The body is longer than {MAX_BODY} bytes")
    if content_type.partition(";")[0].strip().lower() == "application/json":
        body = _encoded(body)
    parts = query_string, quote_from_bytes(body.strip(), safe=_ASCII).encode()
    return b"&".join(part for part in parts if part)


def _encoded(body: bytes) -> bytes:
    try:
        return urlencode(_PARAMETERS.decode(body), doseq=True).encode()
    except msgspec.DecodeError as exc:
        hint = '{"status": "in.(a,b)", "limit": "10"}'
        message = f"The body is not a JSON object of parameters: {exc}"
        raise ApiError(400, "PGRST102", message, hint=hint) from exc
