"""What the viewer's pages report: page loads into the request log, and feedback."""

from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.rows import dict_row

from fmw.settings import Settings
from gateway.app import create_app

FEEDBACK = "/api/v1/rpc/send_feedback"
PAGE_LOAD = "/api/v1/rpc/report_page_load"
LOAD = {"screen": "explore", "ready": 512.5, "first_byte": 20, "first_paint": 250.25, "size": 9000}
Client = TestClient[Litestar]


def rows(admin: psycopg.Connection, query: str) -> list[dict[str, Any]]:
    with admin.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode()).fetchall()


def test_feedback_is_kept_with_its_page_and_address(fmw: Client, admin: Any) -> None:
    sent = {"message": " 검색이 느려요\n", "page": "/explore?q=환불", "contact": "결제팀"}
    answer = fmw.post(FEEDBACK, json=sent, headers={"User-Agent": "시험".encode()})
    assert answer.status_code == 201
    [row] = rows(admin, "select * from ops.feedback")
    assert answer.json() == {"feedback_id": row["feedback_id"]}
    assert (row["message"], row["page"], row["contact"]) == (
        "검색이 느려요",
        "/explore?q=환불",
        "결제팀",
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"message": "  "}', 400),
        (b'{"message": "' + b"x" * 2001 + b'"}', 400),
        (b'{"message": "' + b"x" * 20_000 + b'"}', 413),
        (b'{"text": "x"}', 400),
        (b'{"message": "x", "client": "1.2.3.4"}', 400),
        (b"\xff", 400),
        (b"", 400),
    ],
)
def test_what_is_no_feedback_is_refused(fmw: Client, admin: Any, body: bytes, status: int) -> None:
    answer = fmw.post(FEEDBACK, content=body)
    assert (answer.status_code, sorted(answer.json())) == (
        status,
        ["code", "details", "hint", "message"],
    )
    assert rows(admin, "select * from ops.feedback") == []


def test_feedback_has_room_for_two_thousand_korean_letters(fmw: Client, admin: Any) -> None:
    assert fmw.post(FEEDBACK, json={"message": "가" * 2000}).status_code == 201


def test_one_address_cannot_flood_the_admins(fmw: Client, admin: Any) -> None:
    for _ in range(20):
        assert fmw.post(FEEDBACK, json={"message": "x"}).status_code == 201
    answer = fmw.post(FEEDBACK, json={"message": "x"})
    assert (answer.status_code, answer.json()["code"]) == (429, "PT429")
    admin.execute("update ops.feedback set at = at - interval '2 hours'")
    assert fmw.post(FEEDBACK, json={"message": "x"}).status_code == 201


@pytest.mark.parametrize("path", [FEEDBACK, PAGE_LOAD])
def test_pages_of_other_sites_report_nothing(fmw: Client, admin: Any, path: str) -> None:
    answer = fmw.post(path, json=LOAD, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    answer = fmw.get(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_feedback_while_postgres_is_away_is_503(settings: Settings) -> None:
    nobody = Settings(home=settings.home, database_url="host=127.0.0.1 port=1 dbname=x")
    with TestClient(create_app(nobody)) as client:
        answer = client.post(FEEDBACK, json={"message": "x"})
    assert (answer.status_code, answer.headers["Retry-After"] != "") == (503, True)


def test_a_page_load_is_a_row_of_the_request_log(fmw: Client, admin: Any) -> None:
    assert fmw.post(PAGE_LOAD, json=LOAD | {"is_narrow": True}).status_code == 204
    deadline = time.monotonic() + 10
    while not (found := rows(admin, "select * from ops.request_log where service = 'viewer'")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [row] = found
    assert (row["route"], row["resource"], row["query"]) == (
        "/viewer/explore",
        "explore",
        "first_paint=250.25&narrow=1",
    )
    assert (row["milliseconds"], row["first_byte_ms"], row["bytes"]) == (512.5, 20.0, 9000)
    assert rows(admin, "select * from ops.request_log where route like '%rpc%'") == []


@pytest.mark.parametrize(
    "wrong", [{"screen": "ops"}, {"ready": -1}, {"ready": "x"}, {"size": 2**40}, {"more": 1}]
)
def test_what_is_no_page_load_is_refused(fmw: Client, wrong: dict[str, Any]) -> None:
    assert fmw.post(PAGE_LOAD, json=LOAD | wrong).status_code == 400
