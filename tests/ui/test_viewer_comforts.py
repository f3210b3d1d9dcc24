"""What makes the viewer comfortable: keys, saved views, the feed, and a word to the admins."""

from __future__ import annotations

import fake_gateway
import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.running_demo import Demo
from tests.tools import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


ROW = 34
"""Pixels of a row of Explore."""


def test_a_saved_view_opens_from_home(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?status=중지&kind=feature")
    expect(page.locator(".fm-count")).to_contain_text("개 기능")
    found = page.locator(".fm-count").inner_text()
    page.locator("summary", has_text="보기 저장").click()
    page.get_by_label("보기 이름").fill("중지된 기능")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“중지된 기능” 보기를 저장했습니다.")).to_be_visible()
    page.goto(demo.viewer)
    page.get_by_role("navigation", name="내 보기").get_by_role("link", name="중지된 기능").click()
    expect(page.locator(".fm-count")).to_have_text(found)


def test_keys_alone_lead_from_search_to_a_file(page: Page, demo: Demo) -> None:
    page.goto(demo.viewer)
    expect(page.locator("[data-number=features]")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/explore")
    expect(page.locator(".fm-name").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("settle.refund")
    expect(page.locator(".fm-name").first).to_contain_text("settle.refund")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/f/*")
    first = page.url
    expect(page.locator(".fm-near a").first).to_be_visible()
    page.keyboard.press("]")
    page.wait_for_url(lambda url: url != first)
    expect(page.locator(".fm-near a").first).to_be_visible()
    page.keyboard.press("[")
    page.wait_for_url(first)
    page.get_by_role("link", name="CSV").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert "settle.refund" in download.value.path().read_text("utf-8-sig")


def test_ctrl_k_jumps_to_a_feature(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/overview")
    expect(page.locator(".fm-numbers tbody tr").first).to_be_visible()
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.type("POL-PAY-02")
    expect(dialog.get_by_role("option")).not_to_have_count(0)
    page.keyboard.press("ArrowDown")
    chosen = dialog.locator("[aria-selected=true] b").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/f/*")
    expect(page.get_by_role("heading", level=1)).to_have_text(chosen)
    number = page.url.rpartition("/")[2]
    page.keyboard.press("Control+k")
    expect(dialog).to_be_visible()
    page.keyboard.type(number)
    expect(dialog.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    page.keyboard.press("/")  # this screen has no search box
    expect(dialog.get_by_role("combobox")).to_be_focused()


def test_feedback_and_page_loads_reach_the_admins(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?q=환불")
    expect(page.locator(".fm-name").first).to_be_visible()
    page.get_by_label("도움말").click()
    page.get_by_role("button", name="의견 보내기").click()
    page.get_by_label("불편한 점이나 바라는 점").fill("열 너비가 좁아요")
    page.get_by_role("button", name="보내기", exact=True).click()
    expect(page.get_by_text("보냈습니다. 고맙습니다.")).to_be_visible()
    [sent] = demo.rows("/dev/feedback", message="eq.열 너비가 좁아요")
    assert sent["page"] == "/explore?q=%ED%99%98%EB%B6%88"
    loads = until(
        lambda: demo.rows("/dev/request/log", service="eq.viewer", resource="eq.explore"), "the log"
    )
    assert all(0 < float(load["first_byte_ms"]) < float(load["milliseconds"]) for load in loads)


def test_the_feed_has_the_filters_of_the_page(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/changes?period=month&op=C&kind=feature")
    href = page.get_by_role("link", name="Atom").get_attribute("href")
    answer = httpx.get(f"{demo.viewer}{href}")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    titles = page.locator(".fm-entries a").all_inner_texts()
    assert answer.text.count("<entry>") >= 1
    assert f"추가: {titles[0]}</title>" in answer.text
    again = httpx.get(str(answer.url), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_facet_tells_the_count_before_the_rows_are_there(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/explore")
    name = page.locator("[row-index='0'] .fm-name")
    expect(name).to_have_text("로그인 제한 001")
    waiting: list[Route] = []
    page.route("**/api/v1/features?*", lambda route: waiting.append(route))
    with page.expect_request("**/api/v1/features?*"):
        page.locator("[data-facet=status] label", has_text="beta").locator("input").click()
    expect(page.locator(".fm-count")).to_have_text("75개 기능")
    expect(page.locator(".fm-grid")).to_have_attribute("aria-busy", "true")
    expect(name).to_have_text("로그인 제한 001")
    [route] = waiting
    route.continue_()
    expect(page.locator(".fm-grid")).to_have_attribute("aria-busy", "false")
    expect(name).not_to_have_text("로그인 제한 001")
    expect(page.locator(".fm-count")).to_have_text("75개 기능")


def test_who_comes_back_finds_the_place_again(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?kind=feature")
    expect(page.locator(".fm-name").first).to_be_visible()
    page.locator(".ag-body-viewport").hover()
    page.mouse.wheel(0, 2500)
    row = page.locator("[row-index='80'] .fm-name")
    expect(row).to_be_visible()
    before = row.bounding_box()
    row.click()
    page.wait_for_url("**/f/*")
    page.go_back()
    expect(row).to_be_visible()
    after = row.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) <= ROW


def test_an_address_that_cannot_be_is_told_from_no_data(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?sort=zzz")
    expect(page.locator(".fm-name").first).to_be_visible()
    page.goto(f"{demo.viewer}/explore?as_of=2020-01-02")
    expect(page.get_by_text("기록이 시작되기 전입니다.")).to_be_visible()


def test_older_changes_leave_the_focus_where_it_is(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/changes?period=month")
    entries = page.locator(".fm-entries li")
    expect(entries.first).to_be_visible()
    shown = entries.count()
    button = page.get_by_role("button", name="이전 이력 더 보기")
    button.focus()
    page.keyboard.press("Enter")
    expect(entries.nth(shown)).to_be_visible()
    expect(button).to_be_focused()


def test_sorting_while_an_answer_is_awaited_leaves_no_table_without_rows(
    page: Page, viewer: str
) -> None:
    page.goto(f"{viewer}/explore")
    expect(page.locator(".fm-name").first).to_be_visible()
    waiting: list[Route] = []
    page.route("**/api/v1/features?*", lambda route: waiting.append(route), times=4)
    with page.expect_request("**/api/v1/features?*"):
        page.locator("[data-facet=status] label", has_text="beta").locator("input").click()
    for order in ("title.asc", "title.desc", "title.asc"):
        with page.expect_request(f"**/api/v1/features?*order={order}*"):
            page.locator(".ag-header-cell[col-id=title]").click()
    waiting[-1].continue_()
    expect(page.locator(".fm-grid")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".fm-count")).to_have_text("75개 기능")
    rows = [row for row in fake_gateway.FEATURES if row["status"] == "beta"]
    first = min(str(row["title"]) for row in rows)
    expect(page.locator("[row-index='0'] [col-id=title]")).to_have_text(first)
