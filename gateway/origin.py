"""Whose page sends a request that changes something."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Request


def is_foreign(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser sends this from another site's page.

    Plain http has no Sec-Fetch-Site, but every browser sends the Origin of a POST. Scripts send
    neither.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return True
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
