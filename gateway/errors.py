"""What the gateway answers when it cannot answer: one shape, PostgREST's codes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import NoReturn

import msgspec
import psycopg
from litestar import Response
from psycopg_pool import PoolClosed, TooManyRequests

_log = logging.getLogger(__name__)

RETRY_AFTER = {"Retry-After": "1"}

_BY_STATE = {
    "21000": 500,
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42501": 403,
    "42883": 404,
    "42P01": 503,
    "42P17": 500,
    "53400": 500,
    "55000": 503,
    "55P03": 503,
    "57014": 504,
    "57P01": 503,
    "57P02": 503,
    "57P03": 503,
    "FM404": 404,
    "FM409": 409,
    "P0001": 400,
}
_BY_CLASS = {"08": 503, "53": 503} | dict.fromkeys(("0L", "0P", "28"), 403)
_OURS = "09 2D 38 39 3B 40 54 55 57 58 F0 HV XX 25 P0"
_BY_CLASS |= dict.fromkeys(_OURS.split(), 500)
_MESSAGES = {"57014": "The query took too long and was cancelled"}
_HINTS = {
    "42P01": "the schema has just changed; ask again",
    "55000": "the view is not filled yet; ask again",
    "55P03": "the view is being rebuilt; ask again",
    "57014": "narrow the request with filters or a limit",
}


class ApiError(Exception):
    """A refusal that is sent to the client as it is."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Take the HTTP status, PostgREST's (or Postgres') code and what the reader should know."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = dict(headers or {})

    def response(self) -> Response[bytes]:
        """Return the error as JSON with the four keys that clients parse."""
        body = {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "hint": self.hint,
        }
        headers = {"Proxy-Status": f"PostgREST; error={self.code}"} | self.headers
        return Response(
            msgspec.json.encode(body),
            status_code=self.status,
            media_type="application/json; charset=utf-8",
            headers=headers,
        )


def not_supported(message: str, *, hint: str | None = None) -> NoReturn:
    """Refuse a part of PostgREST's grammar that the gateway does not speak."""
    raise ApiError(400, "PGRST127", message, details="Feature not implemented", hint=hint)


def from_database(error: psycopg.Error, *, hint: str | None = None) -> ApiError:
    """Translate an error of the database; `hint` goes before Postgres' own."""
    state = error.sqlstate
    if isinstance(error, PoolClosed | TooManyRequests):
        return busy("The gateway is starting or stopping")
    if state is None:  # also PoolTimeout: whoever asks the pool has the right to a connection
        _log.warning("the database does not answer: %s", error)
        return absent()
    status = _status(state)
    return ApiError(
        status,
        state,
        _MESSAGES.get(state) or error.diag.message_primary or "The database refused the query",
        details=error.diag.message_detail,
        hint=_HINTS.get(state) or hint or error.diag.message_hint,
        headers=RETRY_AFTER if status == 503 else None,
    )


def absent() -> ApiError:
    """Return the answer while there is no database."""
    return ApiError(503, "PGRST000", "The database does not answer", headers=RETRY_AFTER)


def not_allowed(method: str, allowed: Iterable[str]) -> ApiError:
    """Return the answer to a method that a path does not have."""
    headers = {"Allow": ", ".join(allowed)}
    return ApiError(405, "PGRST117", f"Unsupported HTTP method: {method}", headers=headers)


def no_path() -> ApiError:
    """Return the answer to a path that leads nowhere."""
    return ApiError(404, "PGRST125", "Invalid path specified in request URL")


def busy(message: str) -> ApiError:
    """Return the answer to a request that waited too long for its turn."""
    hint = "ask again in a moment"
    return ApiError(503, "PGRST003", message, hint=hint, headers=RETRY_AFTER)


def _status(state: str) -> int:
    if state.startswith("PT") and state[2:].isdigit():
        return int(state[2:])
    return _BY_STATE.get(state) or _BY_CLASS.get(state[:2], 400)
