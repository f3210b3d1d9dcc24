"""What a reader sees on the home page and around every page."""

from __future__ import annotations

from pathlib import Path

import fake_gateway
import pytest
from playwright.sync_api import Browser, Page, expect
from viewer_process import free_port, serving, viewing

pytestmark = pytest.mark.browser


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
    expect(badge).to_contain_text("12분 전")
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


@pytest.mark.parametrize("path", ["/", "/explore?status=beta", "/f/7"])
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
