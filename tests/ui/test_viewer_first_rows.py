"""The first rows of Explore: what the server asks for them, and how they give way to the grid."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fake_gateway
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from starlette.datastructures import QueryParams

from tests.tools import free_port
from ui.first_rows import ROWS, FirstRows, asked

STATES = json.loads(Path(__file__).with_name("states.json").read_text(encoding="utf-8"))
"""What is asked on 2026-11-23; `js/features.test.mjs` holds the browser to the same."""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state["state"])
def test_a_state_is_asked_for_as_the_grid_does(state: dict[str, Any]) -> None:
    found = dict(asked(QueryParams(state["query"]), dt.date(2026, 11, 23)))
    for name in ("format", "limit", "select"):
        del found[name]
    assert found == state["asked"]


def test_without_a_gateway_there_are_none() -> None:
    rows = FirstRows(f"http://127.0.0.1:{free_port()}")
    assert asyncio.run(rows.read(QueryParams(""))) == []


@pytest.mark.browser
def test_the_first_answer_already_holds_the_first_rows(browser: Browser, viewer: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    page.goto(f"{viewer}/explore?status=beta&sort=feature_name")
    names = page.locator(".fm-first-rows td:first-child a")
    shown = sorted(row["feature_name"] for row in fake_gateway.FEATURES if row["status"] == "beta")
    assert names.all_inner_texts() == shown[: len(names.all())]
    assert len(names.all()) == ROWS
    page.goto(f"{viewer}/explore?q={quote(fake_gateway.HOSTILE)}")
    expect(names).to_have_text([fake_gateway.HOSTILE])
    for query in ("?cols=status", "?as_of=2026-01-02", "?status=nobody"):
        page.goto(f"{viewer}/explore{query}")
        expect(page.locator("#fm-boot")).to_be_visible()
        expect(names).to_have_count(0)
    context.close()


@pytest.mark.browser
def test_the_first_rows_give_way_to_the_grid(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/explore")
    expect(page.locator(".fm-name").first).to_be_visible()
    expect(page.locator(".fm-first-rows")).to_have_count(0)
    page.goto(f"{viewer}/explore?q=nothing-like-this")
    expect(page.get_by_text("조건에 맞는 기능이 없습니다.")).to_be_visible()


@pytest.mark.browser
def test_the_focus_stays_where_the_first_rows_were(page: Page, viewer: str) -> None:
    held: list[Route] = []
    page.route("**/api/v1/features?*", lambda route: held.append(route))
    with page.expect_request("**/api/v1/features?*"):
        page.goto(f"{viewer}/explore", wait_until="commit")
    page.evaluate("document.querySelectorAll('.fm-first-rows td a')[2].focus()")
    held[0].continue_()
    expect(page.locator("[row-index='2'] .ag-cell-focus")).to_have_count(1)
