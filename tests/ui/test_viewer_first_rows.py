"""What the server asks for the first rows of Explore: the same as the grid."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from starlette.datastructures import QueryParams

from tests.tools import free_port
from ui.first_rows import FirstRows, asked
from ui.theme import KST

TODAY = dt.datetime.now(KST).replace(hour=0, minute=0, second=0, microsecond=0)


def days_ago(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"order": "changed_at.desc"}),
        ("sort=-status,title", {"order": "status.desc,title.asc"}),
        ("q=+a+b+&status=x,y", {"q": "a b", "status": 'in.("x,y")'}),
        ("owner=&owner=a", {"or": '(owner.is.null,owner.in.("a"))'}),
        ("nonsense=1&changed=5d&q=a&q=b", {"q": "a"}),
        ("changed=1d", {"changed_at": f"gte.{days_ago(0)}"}),
        ("changed=7d", {"changed_at": f"gte.{days_ago(6)}"}),
        ("changed=-90d", {"changed_at": f"lt.{days_ago(90)}"}),
    ],
)
def test_a_state_is_asked_for_as_the_grid_does(query: str, expected: dict[str, str]) -> None:
    found = {name: value for name, value in asked(QueryParams(query)) if name not in FIXED}
    assert found == {"order": "changed_at.desc"} | expected


FIXED = ("format", "limit", "select")


def test_without_a_gateway_there_are_none() -> None:
    rows = FirstRows(f"http://127.0.0.1:{free_port()}")
    assert asyncio.run(rows.read(QueryParams(""))) == []
