"""HTTP as people type it: Korean in an address need not be percent-encoded."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_REQUEST_LINE = re.compile(rb"[A-Z]+ [^\r\n]*\r\n")
_ASCII = "".join(map(chr, range(0x21, 0x7F))) + " \r\n"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, but for raw UTF-8 in the request line, and with our shape of error."""

    def data_received(self, data: bytes) -> None:
        """Percent-encode what is not ASCII in a request line; the parser is strict."""
        if not data.isascii() and (line := _REQUEST_LINE.match(data)):
            data = quote_from_bytes(line[0], safe=_ASCII).encode() + data[line.end() :]
        super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, and close."""
        error = {"code": "PGRST100", "message": msg, "details": None, "hint": None}
        body = msgspec.json.encode(error)
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
