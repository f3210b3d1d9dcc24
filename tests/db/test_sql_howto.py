"""Every query of docs/howto/sql.md runs as an admin, and finds something."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from db.connection import connect
from etl.sync import refresh
from tests.files import ROOT

PAGE = (ROOT / "docs" / "howto" / "sql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def history(deliver: Any, admin: Any, etl: Any) -> None:
    """A week of a team's life: changes, a move, a return, a duplicate, one by hand, an alias."""
    days = [
        ["결제,환불,사용,결제팀", "결제,취소,예정,결제팀", "검색,자동완성,사용,"],
        ["결제,환불,중지,결제팀", "결제,취소,예정,결제팀"],
        ["결제,환불,중지,결제팀", "결제,취소,예정,결제팀", "검색,자동완성,사용,"],
        ["결제,환불,중지,결제팀", "정산,취소,예정,결제팀", "검색,자동완성,사용,"],
        [
            "결제,환불,중지,결제팀",
            "정산,취소,예정,결제팀",
            "검색,자동완성,사용,",
            "검색,자동완성,중지,",
        ],
    ]
    now = dt.datetime.now(dt.UTC)
    for number, lines in enumerate(days):
        deliver(*lines, at=(now - dt.timedelta(days=5 - number)).isoformat(), accept=True)
    admin.execute("set fmw.reason = '확인'")
    admin.execute("update core.features set status = '사용' where feature_name = '환불'")
    admin.execute("select core.set_alias('owner', '결제 팀', '결제팀')")
    refresh(etl)


def test_every_query_runs_and_finds_something(history: None, settings: Any) -> None:
    vain = []
    with connect(settings, "fmw_admin") as conn:
        for query in QUERIES:
            cursor = conn.execute(query.encode())
            if cursor.description and not cursor.fetchall():
                vain.append(query)
    assert vain == []


def test_the_page_answers_twenty_questions() -> None:
    questions = [line for line in PAGE.splitlines() if line.startswith("### ") and "?" in line]
    assert len(questions) >= 20
