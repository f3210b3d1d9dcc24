"""A service of somebody else: a JSON file, page by page and not in a hurry.

Run: `python paged_source.py PORT FILE`.
"""

from __future__ import annotations

import http.server
import json
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROWS = 400
SECONDS = 0.05
"""What a page takes."""


class Handler(http.server.BaseHTTPRequestHandler):
    """`GET /?page=N`; the last page is empty."""

    file: Path

    def do_GET(self) -> None:
        """Answer with a page of the file as it is now."""
        time.sleep(SECONDS)
        page = int(parse_qs(urlsplit(self.path).query)["page"][0])
        rows = json.loads(self.file.read_bytes())[(page - 1) * ROWS : page * ROWS]
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    Handler.file = Path(sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
