"""What a reader does on the explore page: search, filter, sort, share, export."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

import fake_gateway
import httpx
import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

IMPORTANT = (
    *("feature_name", "status", "title", "feature_group"),
    *("environment", "owner", "changed_at", "kind"),
)

TYPE = """
async field => {
    for (const text of ["검", "검색"]) {
        field.value = text;
        field.dispatchEvent(new Event("input"));
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}
"""
"""Types faster than anybody waits for, also on a busy machine."""


def open_explore(page: Page, viewer: str, query: str = "") -> None:
    page.goto(f"{viewer}/explore{query}")
    expect(page.locator(".fm-count")).to_have_text(re.compile(r"\d+개 기능"))


def facet(page: Page, name: str, value: str) -> None:
    page.locator(f"[data-facet={name}] label", has_text=value).locator("input").click()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def test_all_features_are_listed_newest_change_first(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    expect(page.locator(".fm-count")).to_have_text("260개 기능")
    expect(page.locator("[row-index='0'] .fm-name")).to_have_text("로그인 제한 001")


def test_a_facet_narrows_and_the_url_says_so(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    facet(page, "status", "alpha")
    expect(page.locator(".fm-count")).to_have_text("37개 기능")
    facet(page, "status", "deprecated")
    expect(page.locator(".fm-count")).to_have_text("74개 기능")
    assert query(page) == {"status": ["alpha", "deprecated"]}
    beta = page.locator("[data-facet=status] label", has_text="beta")
    expect(beta.locator("b")).to_have_text("75")  # its own filter does not count


def test_a_linked_state_is_restored(page: Page, viewer: str) -> None:
    open_explore(page, viewer, "?q=간편&status=beta&sort=feature_name")
    expect(page.get_by_role("button", name="필터 해제: 상태: beta")).to_be_visible()
    expect(page.locator("[data-search]")).to_have_value("간편")
    names = page.locator(".fm-name").all_inner_texts()
    assert names == sorted(names)
    page.get_by_role("button", name="모두 해제").first.click()
    expect(page.locator(".fm-count")).to_have_text("260개 기능")
    assert query(page) == {"sort": ["feature_name"]}


def test_values_with_commas_quotes_and_nothing_can_be_chosen(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    facet(page, "feature_group", fake_gateway.COMMA)
    expect(page.locator(".fm-count")).to_have_text("43개 기능")
    facet(page, "owner", "없음")
    facet(page, "owner", "결제팀")
    rows = [row for row in fake_gateway.FEATURES if row["feature_group"] == fake_gateway.COMMA]
    wanted = sum(row["owner"] in (None, "결제팀") for row in rows)
    expect(page.locator(".fm-count")).to_have_text(f"{wanted}개 기능")
    assert query(page)["owner"] == ["", "결제팀"]


def test_typing_searches_once_and_late_answers_do_not_win(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    asked: list[str] = []

    def slow_first(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            time.sleep(0.6)
        route.continue_()

    page.route("**/api/v1/features?*q=*", slow_first)
    search = page.locator("[data-search]")
    search.evaluate(TYPE)
    page.wait_for_timeout(300)
    search.fill("없는이름")
    expect(page.get_by_text("조건에 맞는 기능이 없습니다.")).to_be_visible()
    page.wait_for_timeout(700)
    expect(page.locator(".fm-count")).to_have_text("0개 기능")
    assert len(asked) == 2


def test_typing_before_the_first_answer_is_not_lost(page: Page, viewer: str) -> None:
    first = True

    def slow_first(route: Route) -> None:
        nonlocal first
        if first:
            first = False
            time.sleep(1.5)
        route.continue_()

    page.route("**/api/v1/features?*", slow_first)
    page.goto(f"{viewer}/explore")
    page.locator("[data-search]").fill("간편결제")
    expect(page.locator(".fm-name").first).to_contain_text("간편결제")
    wanted = sum("간편결제" in feature["feature_name"] for feature in fake_gateway.FEATURES)
    expect(page.locator(".fm-count")).to_have_text(f"{wanted}개 기능")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_scrolling_fetches_further_blocks(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    with page.expect_request("**/api/v1/features?*offset=200*"):
        page.evaluate("document.querySelector('.ag-body-viewport').scrollTop = 1e6")
    expect(page.get_by_role("link", name="로그인 제한 259")).to_be_visible()


def test_a_header_click_sorts_on_the_server(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    with page.expect_request("**/api/v1/features?*order=feature_name.asc*"):
        page.locator(".ag-header-cell[col-id=feature_name]").click()
    expect(page.locator("[row-index='0'] .fm-name")).to_have_text(fake_gateway.HOSTILE)
    assert query(page) == {"sort": ["feature_name"]}


def test_the_usual_order_is_turned_by_one_click(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    with page.expect_request("**/api/v1/features?*order=changed_at.asc*"):
        page.locator(".ag-header-cell[col-id=changed_at]").click()
    assert query(page) == {"sort": ["changed_at"]}


def test_the_csv_link_carries_the_filters(page: Page, viewer: str) -> None:
    open_explore(page, viewer, "?status=beta&kind=policy&q=검색")
    link = page.get_by_role("link", name="CSV(엑셀)").get_attribute("href")
    assert link
    asked = parse_qs(urlsplit(link).query)
    assert asked["status"] == ["in.(beta)"]
    assert asked["kind"] == ["in.(policy)"]
    assert (asked["q"], asked["format"], asked["bom"]) == (["검색"], ["csv"], ["1"])
    answer = httpx.get(viewer + link)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.text.count("\n") == 1 + int(page.locator(".fm-count").inner_text()[:-4])


def test_known_values_have_korean_names_and_urls_keep_the_values(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    kinds = page.locator("[data-facet=kind] label span")
    assert sorted(kinds.all_inner_texts()) == ["기능", "예외", "정책"]
    facet(page, "environment", "전체")
    facet(page, "kind", "정책")
    assert query(page) == {"kind": ["policy"], "environment": ["all"]}
    expect(page.get_by_role("button", name="필터 해제: 종류: 정책")).to_be_visible()
    expect(page.locator("[row-index='0'] [col-id=kind]")).to_have_text("정책")
    expect(page.locator("[row-index='0'] [col-id=environment]")).to_have_text("전체")


def test_trouble_is_the_first_status_to_choose(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    expect(page.locator("[data-facet=status] label span").first).to_have_text("장애")


@pytest.mark.parametrize(
    ("width", "fields"),
    [
        (390, ["feature_name", "status"]),
        (1024, ["feature_name", "status", "title", "feature_group", "changed_at"]),
        (1366, [*IMPORTANT]),
        (1700, [*IMPORTANT, "since", "source"]),
    ],
)
def test_the_columns_fit_the_screen(page: Page, viewer: str, width: int, fields: list[str]) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    open_explore(page, viewer)
    shown = "cells => cells.map(cell => cell.getAttribute('col-id'))"
    assert page.locator(".ag-header-cell").evaluate_all(shown) == fields
    box = "box => box.scrollWidth - box.clientWidth"
    assert page.locator(".ag-center-cols-viewport").evaluate(box) <= 0


def test_a_turned_phone_shows_more_columns(page: Page, viewer: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_explore(page, viewer)
    title = page.locator("[row-index='1'] .fm-cell small")
    expect(title).to_contain_text("사용 범위와 단계별 적용")
    page.set_viewport_size({"width": 844, "height": 390})
    expect(page.locator("[row-index='1'] [col-id=title]")).to_be_visible()
    expect(title).not_to_be_visible()
    row = page.locator(".ag-center-cols-container [row-index='1']").bounding_box()
    assert row
    assert row["height"] == 34


def test_new_data_are_offered_and_fetched_on_a_click(
    page: Page, viewer: str, snapshot: dict[str, int]
) -> None:
    open_explore(page, viewer)
    page.wait_for_load_state("networkidle")
    news = page.get_by_role("button", name="새 데이터가 있습니다 · 새로고침")
    expect(news).to_have_count(0)
    snapshot["version"] += 1
    expect(news).to_be_visible(timeout=9_000)
    with page.expect_request("**/api/v1/features?*facets=*"):
        news.click()
    expect(news).to_have_count(0)


def test_enter_on_a_row_opens_the_feature(page: Page, viewer: str) -> None:
    open_explore(page, viewer)
    page.locator("[data-search]").press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/f/2")


def test_a_hostile_name_is_text_in_the_grid(page: Page, viewer: str) -> None:
    open_explore(page, viewer, "?q=script")
    expect(page.locator(".fm-name")).to_have_text([fake_gateway.HOSTILE])
    assert not page.locator(".fm-grid script, .fm-grid .ag-cell b").count()


def test_the_link_is_copied_without_a_clipboard_api(page: Page, viewer: str) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.add_init_script(
        "document.addEventListener('copy', () => { window.copied = getSelection() + '' || "
        "document.activeElement.value })"
    )
    open_explore(page, viewer, "?status=beta")
    page.get_by_role("button", name="링크 복사").click()
    expect(page.get_by_text("복사했습니다.")).to_be_visible()
    assert page.evaluate("window.copied") == page.url


def test_an_error_is_explained_and_retried(page: Page, viewer: str) -> None:
    broken = True

    def sometimes(route: Route) -> None:
        if broken:
            route.fulfill(status=503, json={"code": "53300", "message": "too many", "hint": None})
        else:
            route.continue_()

    page.route("**/api/v1/**", sometimes)
    page.goto(f"{viewer}/explore")
    expect(page.get_by_role("alert")).to_contain_text("데이터 서버가 응답하지 않습니다.")
    expect(page.locator("#fm-fresh")).to_contain_text("서버 응답 없음")
    broken = False
    page.get_by_role("button", name="다시 시도").click()
    expect(page.locator(".fm-count")).to_have_text("260개 기능")
    expect(page.locator("#fm-fresh")).to_have_attribute("data-tone", "ok")


def test_facets_are_in_a_drawer_on_a_phone(page: Page, viewer: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_explore(page, viewer)
    alpha = page.locator("[data-facet=status] label", has_text="alpha")
    expect(alpha).not_to_be_visible()
    page.get_by_role("button", name="필터", exact=True).click()
    alpha.click()
    page.keyboard.press("Escape")
    expect(alpha).not_to_be_visible()
    expect(page.locator(".fm-count")).to_have_text("37개 기능")
