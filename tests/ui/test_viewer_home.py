"""What a reader sees on the home page and around every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fake_gateway
import pytest
from playwright.sync_api import Browser, Page, expect
from viewer_process import serving, viewing

from tests.tools import free_port

pytestmark = pytest.mark.browser

Row = dict[str, int]


def test_home_shows_the_numbers_of_the_gateway(page: Page, viewer: str) -> None:
    page.goto(viewer)
    expect(page.locator("[data-number=features]")).to_have_text("260")
    expect(page.locator("[data-number=changes_today]")).to_have_text("4")
    expect(page.get_by_text("▲ 3")).to_be_visible()
    assert page.locator(".fm-spark polyline").get_attribute("points")
    expect(page.locator(".fm-recent tbody tr")).to_have_count(12)


def test_the_first_answer_already_holds_the_numbers(browser: Browser, viewer: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(viewer)
    expect(page.locator("[data-number=features]")).to_have_text("260")
    context.close()


def test_a_hostile_name_is_text_on_home(page: Page, viewer: str) -> None:
    page.goto(viewer)
    expect(page.get_by_role("link", name=fake_gateway.HOSTILE).first).to_be_visible()
    assert not page.locator("#fm-home script").count()


def test_a_status_leads_to_the_features_that_have_it(page: Page, viewer: str) -> None:
    page.goto(viewer)
    page.locator(".fm-statuses a", has_text="alpha").click()
    page.wait_for_url("**/explore?status=alpha")
    expect(page.locator(".fm-count")).to_have_text("37개 기능")


def test_trouble_comes_first_and_nothing_is_out_of_reach(page: Page, viewer: str) -> None:
    page.goto(viewer)
    chips = page.locator(".fm-statuses .fm-chip")
    assert chips.all_inner_texts()[:5] == ["장애", "deprecated", "주의", "beta", "alpha"]
    rest = page.get_by_role("link", name="그 밖의 상태 1개")
    expect(rest).to_have_attribute("href", re.compile(r"\?status=%"))
    rest.click()
    expect(page.locator(".fm-count")).to_have_text("1개 기능")


def test_a_status_has_the_colour_of_its_meaning(page: Page, viewer: str) -> None:
    page.goto(viewer)
    chips = page.locator(".fm-statuses .fm-chip")
    colours = {
        chip.inner_text(): chip.evaluate("chip => getComputedStyle(chip).color")
        for chip in chips.all()
    }
    assert len({colours[name] for name in ("장애", "주의", "stable", "beta")}) == 4
    assert colours["deprecated"] == colours["주의"]


def test_an_open_page_follows_the_data_soon(page: Page, viewer: str, snapshot: Row) -> None:
    page.goto(viewer)
    expect(page.locator("[data-number=changes_today]")).to_have_text("4")
    page.wait_for_load_state("networkidle")
    first = page.locator(".fm-recent a").first
    first.focus()
    snapshot |= {"version": 42, "changes_today": 77}
    expect(page.locator("[data-number=changes_today]")).to_have_text("77", timeout=9_000)
    expect(first).to_be_focused()
    expect(page.locator("[data-fresh=snapshot_version]")).to_have_text("42")


def test_a_source_that_is_behind_is_said_and_leads_to_its_features(
    page: Page, viewer: str, snapshot: dict[str, Any]
) -> None:
    page.goto(viewer)
    expect(page.locator("[data-number=features]")).to_be_visible()
    assert not page.locator(".fm-troubles").count()
    since = "2026-03-02T00:30:00Z"
    codes = ["run_failed", "run_held", "source_late"]
    troubles = [{"source": f"팀&{code}", "code": code, "since": since} for code in codes]
    snapshot |= {"version": 43, "troubles": troubles}
    lines = page.get_by_role("region", name="최신이 아닐 수 있는 출처 3곳").get_by_role("listitem")
    expect(lines).to_have_count(3, timeout=9_000)
    assert all("2026-03-02 09:30" in line for line in lines.all_inner_texts())
    link = lines.first.get_by_role("link", name="팀&run_failed")
    expect(link).to_have_attribute("href", re.compile(r"/explore\?source=%ED%8C%80%26run_failed$"))


def test_the_search_key_can_be_switched_off(page: Page, viewer: str) -> None:
    page.goto(viewer)
    page.wait_for_load_state("networkidle")
    page.locator(".fm-help summary").click()
    page.get_by_label("한 글자 단축키 사용").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_label("한 글자 단축키 사용")).not_to_be_visible()
    expect(page.locator(".fm-help summary")).to_be_focused()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".fm-find kbd")).not_to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).not_to_be_focused()
    page.locator(".fm-help summary").click()
    page.get_by_label("한 글자 단축키 사용").check()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()


def test_an_unknown_address_is_a_page_of_ours(page: Page, viewer: str) -> None:
    answer = page.goto(f"{viewer}/no/such/page")
    assert answer
    assert answer.status == 404
    expect(page.get_by_role("heading", name="페이지를 찾을 수 없습니다.")).to_be_visible()
    expect(page.locator("#fm-fresh")).to_have_attribute("data-tone", "ok")
    page.get_by_role("link", name="홈으로 가기").click()
    expect(page.locator("[data-number=features]")).to_have_text("260")


def test_enter_in_the_search_box_leads_to_explore(page: Page, viewer: str) -> None:
    page.goto(viewer)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    page.keyboard.type("푸시 알림")
    page.keyboard.press("Enter")
    page.wait_for_url("**/explore?q=*")
    expect(page.locator("[data-search]")).to_have_value("푸시 알림")
    expect(page.locator(".fm-count")).to_have_text("43개 기능")


def test_the_badge_says_how_old_the_data_is(page: Page, viewer: str) -> None:
    page.goto(viewer)
    badge = page.locator("#fm-fresh")
    expect(badge).to_contain_text("KST")
    expect(badge).to_contain_text(re.compile(r"1[2-9]분 전"))
    expect(badge).to_have_attribute("data-tone", "ok")
    badge.locator("summary").click()
    expect(badge.get_by_text("스냅샷 번호")).to_be_visible()


def test_the_theme_is_switched_and_remembered(page: Page, viewer: str) -> None:
    page.goto(viewer)
    page.wait_for_load_state("networkidle")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#fm-theme").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_english_is_a_click_away(page: Page, viewer: str) -> None:
    page.goto(viewer)
    page.wait_for_load_state("networkidle")
    page.locator("#fm-lang").click()
    expect(page.get_by_role("heading", name="Recent changes")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("path", ["/", "/explore?status=beta", "/f/7", "/nowhere"])
@pytest.mark.parametrize("width", [390, 320])
def test_narrow_screens_do_not_scroll_sideways(
    page: Page, viewer: str, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(viewer + path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    header = page.locator(".fm-header").bounding_box()
    assert header
    assert header["height"] == 52
    right = page.locator("#fm-theme").bounding_box()
    assert right
    assert right["x"] + right["width"] <= width


def test_home_recovers_by_itself_when_the_gateway_returns(page: Page, tmp_path: Path) -> None:
    port = free_port()
    with viewing(port, tmp_path) as url:
        page.goto(url)
        expect(page.get_by_text("데이터 서버가 응답하지 않습니다")).to_be_visible()
        with serving(port):
            expect(page.locator("[data-number=features]")).to_have_text("260", timeout=20_000)
            expect(page.locator("#fm-fresh")).to_have_attribute("data-tone", "ok", timeout=10_000)
