"""A gateway of 260 made-up features, with as much of the read grammar as the viewer speaks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KST = dt.timezone(dt.timedelta(hours=9))
HOSTILE = "<script>alert(1)</script>"
COMMA = '결제, "간편(결제)"'
GROUPS = ("결제", "회원", "검색", "알림", COMMA, "쿠버네티스")
STATUSES = ("stable", "stable", "stable", "beta", "beta", "alpha", "deprecated")
RARE = {245: "점검", 252: "장애", 253: "주의", 254: "폐지"}
OWNERS = ("결제팀", "회원팀", "검색팀", None, "알림팀")
NAMES = ("간편결제", "로그인 제한", "통합검색", "푸시 알림", "장바구니 공유", "APIListChunking")
REMOVED_ID = 9001
Row = dict[str, Any]

SNAPSHOT: Row = {"version": 41, "changes_today": 4, "troubles": None}
"""What a test may move, to see whether an open page follows."""
BUSY_ID = 50
STEADY_ID = 60


def _now() -> dt.datetime:
    return dt.datetime.now(KST).replace(microsecond=0)


def _feature(number: int) -> Row:
    changed = _now() - dt.timedelta(hours=5 * number)
    name = HOSTILE if number == 7 else f"{NAMES[number % len(NAMES)]} {number:03}"
    return {
        "feature_id": number,
        "kind": ("feature", "policy", "예외")[number % 3],
        "feature_group": GROUPS[number % len(GROUPS)],
        "feature_name": name,
        "environment": ("운영", "all")[number % 2],
        "status": "beta" if number == 7 else RARE.get(number, STATUSES[number % len(STATUSES)]),
        "owner": HOSTILE if number == 7 else OWNERS[number % len(OWNERS)],
        "since": f"2025-{number % 12 + 1:02}-01",
        "until": None,
        "default_value": "true" if number % 2 else "false",
        "title": f"{name}의 사용 범위와 단계별 적용" if number != 7 else "<b>제목</b>",
        "description": "여러 부서가 함께 쓰는 설정입니다. 값이 바뀌면 담당 팀에 알려 주세요.",
        "url": "javascript:alert(2)" if number == 7 else f"https://wiki.example/{number}",
        "attributes": {
            "우선순위": number % 5,
            "labels": ["a", "b"],
            "check": {"every": "1분"},
        }
        if number % 2
        else {},
        "source": ("features.csv", "k8s-gates")[number % 2],
        "created_at": (changed - dt.timedelta(days=90)).isoformat(),
        "changed_at": changed.isoformat(),
    }


def _change(number: int, op: str, days: float, field: str | None = None, *values: str) -> Row:
    feature = next((row for row in FEATURES if row["feature_id"] == number), REMOVED[0])
    old, new = values or (None, None)
    keep = ("feature_id", "kind", "feature_group", "feature_name", "environment", "title")
    return {
        "change_id": int(1e6 - days * 100),
        "run_id": None if days == 1.5 else int(900 - days),
        "changed_at": (_now() - dt.timedelta(days=days)).isoformat(),
        "op": op,
        "field": field,
        "old_value": old,
        "new_value": new,
    } | {name: feature[name] for name in keep}


FEATURES = [_feature(number) for number in range(1, 261)]
REMOVED = [_feature(REMOVED_ID) | {"removed_at": (_now() - dt.timedelta(days=3)).isoformat()}]
HISTORY = [
    _change(7, "U", 0.1, "status", "alpha", "beta"),
    _change(7, "U", 0.1, "owner", "회원팀", HOSTILE),
    _change(12, "U", 0.1, "default_value", "false", "true"),
    _change(15, "C", 0.2),
    _change(REMOVED_ID, "D", 3),
    _change(20, "U", 1.5, "title", "예전 제목", "통합검색 020의 사용 범위와 단계별 적용"),
    _change(7, "U", 1.5, "attributes.우선순위", "1", "2"),
    _change(33, "U", 4, "until", "", "2026-12-31"),
    _change(41, "C", 4.1),
    _change(12, "U", 12, "status", "beta", "stable"),
    _change(STEADY_ID, "C", 60),
    _change(7, "C", 90),
    _change(REMOVED_ID, "C", 93),
]
HISTORY += [_change(BUSY_ID, "U", 100 + n, "owner", str(n + 1), str(n)) for n in range(205)]
HISTORY.sort(key=lambda change: change["changed_at"], reverse=True)


def home() -> Row:
    """The one row of api.home, from the rows above."""
    today = _now().date()
    counts = Counter(row["status"] for row in FEATURES)
    days = [(today - dt.timedelta(days=back), back) for back in range(59, -1, -1)]
    return snapshot() | {
        "features_yesterday": 257,
        "groups": len(GROUPS),
        "changes_today": SNAPSHOT["changes_today"],
        "by_status": [{"status": name, "features": n} for name, n in counts.most_common()],
        "by_day": [
            {"day": day.isoformat(), "total": 260 - back // 3 + back % 4} for day, back in days
        ],
        "recent": HISTORY[:12],
        "troubles": SNAPSHOT["troubles"],
    }


def snapshot() -> Row:
    """The one row of api.snapshot."""
    return {
        "snapshot_version": SNAPSHOT["version"],
        "refreshed_at": (_now() - dt.timedelta(hours=2)).isoformat(),
        "checked_at": (_now() - dt.timedelta(minutes=12)).isoformat(),
        "change_id": HISTORY[0]["change_id"],
        "features": len(FEATURES),
    }


VIEWS = {
    "features": lambda: FEATURES,
    "removed_features": lambda: REMOVED,
    "feature_history": lambda: HISTORY,
    "home": lambda: [home()],
    "snapshot": lambda: [snapshot()],
    "aliases": list,
}

_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,()"]+)')


def _values(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", a) if a else b for a, b in _ITEM.findall(text)]


def _matches(row: Row, column: str, test: str) -> bool:
    if test == "is.null":
        return row[column] is None
    operator, _, value = test.partition(".")
    if operator == "eq":
        return str(row[column]) == value
    if operator == "gt":
        return bool(row[column] > int(value))
    assert operator == "in", f"the fake gateway does not know {test}"
    return row[column] in _values(value[1:-1])


def _accepts(row: Row, name: str, value: str) -> bool:
    if name == "q":
        return any(value.casefold() in str(cell).casefold() for cell in row.values() if cell)
    if name == "or":
        nothing, some = re.fullmatch(r"\((\w+\.is\.null),(.*)\)", value, re.S).groups()  # type: ignore[union-attr]
        tests = (part.split(".", 1) for part in (nothing, some))
        return any(_matches(row, column, test) for column, test in tests)
    return _matches(row, name, value)


def select(view: str, query: str) -> tuple[list[Row], dict[str, Any]]:
    """Answer a read: the rows of the block, and {"total", "facets"}."""
    asked = parse_qsl(query, keep_blank_values=True)
    known = {"format", "bom", "select", "order", "limit", "offset", "facets", "filename"}
    options = {name: value for name, value in asked if name in known}
    filters = [pair for pair in asked if pair[0] not in known]
    rows = [row for row in VIEWS[view]() if all(_accepts(row, *pair) for pair in filters)]
    facets = {}
    for column in filter(None, options.get("facets", "").split(",")):
        others = [pair for pair in filters if pair[0] != column and f"({column}." not in pair[1]]
        left = (row[column] for row in VIEWS[view]() if all(_accepts(row, *p) for p in others))
        facets[column] = [{"value": v, "count": n} for v, n in Counter(left).most_common()]
    for key in reversed([key for key in options.get("order", "").split(",") if key]):
        name, _, direction = key.partition(".")
        rows.sort(key=lambda row, name=name: str(row[name]), reverse=direction == "desc")
    if options.get("select") == "n:count()":
        rows = [{"n": len(rows)}]
    start = int(options.get("offset", 0))
    block = rows[start : start + int(options.get("limit", len(rows)))]
    return block, {"total": len(rows), "facets": facets}


class Handler(BaseHTTPRequestHandler):
    """GET of the views, as JSON or CSV."""

    protocol_version = "HTTP/1.1"
    delay = 0.0

    def do_GET(self) -> None:
        """Answer one read; an unknown view is a 404 in the gateway's error shape."""
        parts = urlsplit(self.path)
        view = unquote(parts.path).removeprefix("/api/v1/")
        if view not in VIEWS:
            return self._send(404, {"code": "PGRST205", "message": f"no {view}", "hint": None})
        rows, more = select(view, parts.query)
        if "format=csv" in parts.query:
            return self._send_csv(rows)
        wrapped = {"rows": rows} | more if "facets=" in parts.query else rows
        return self._send(200, wrapped, f"0-{len(rows) - 1}/{more['total']}")

    do_HEAD = do_GET

    def _send_csv(self, rows: list[Row]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, FEATURES[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        self._write(200, "text/csv; charset=utf-8", ("\ufeff" + text.getvalue()).encode())

    def _send(self, status: int, body: object, content_range: str = "*/*") -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self._write(status, "application/json", content, content_range)

    def _write(self, status: int, kind: str, body: bytes, content_range: str = "*/*") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Range", content_range)
        self.send_header("X-Snapshot-Version", str(SNAPSHOT["version"]))
        self.send_header("X-Seen-For", self.headers.get("X-Forwarded-For", ""))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def start(port: int = 0) -> ThreadingHTTPServer:
    """Bind a server to the loopback interface; the caller runs serve_forever."""
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    start(int(sys.argv[1])).serve_forever()
