"""What a reader sees of one feature."""

from __future__ import annotations

import datetime as dt

import fake_gateway
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_values_and_history_are_shown(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/12")
    expect(page.get_by_role("heading", level=1)).to_have_text("간편결제 012")
    expect(page.locator("[data-field=owner] td")).to_have_text("검색팀")
    expect(page.locator("[data-field=until] td")).to_have_text("없음")
    expect(page.locator("[data-field=url] a")).to_have_attribute("href", "https://wiki.example/12")
    newest = page.locator(".fm-timeline > li").first
    expect(newest).to_contain_text("기본값")
    expect(newest.locator("del")).to_have_text("false")
    expect(newest.locator("ins")).to_have_text("true")
    expect(newest).to_contain_text("실행 #899")


def test_times_are_korean_wherever_the_browser_is(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/12")
    at = dt.datetime.fromisoformat(fake_gateway.FEATURES[11]["changed_at"])
    shown = at.astimezone(fake_gateway.KST).strftime("%Y-%m-%d %H:%M")
    expect(page.locator("[data-field=changed_at] td")).to_have_text(shown)


def test_days_in_a_status_count_the_first_day(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/12")
    expect(page.get_by_text("이 상태 13일째")).to_be_visible()  # changed twelve days ago


def test_a_status_that_never_changed_may_be_older_than_our_records(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/{fake_gateway.STEADY_ID}")
    expect(page.get_by_text("이 상태 61일 이상")).to_be_visible()


def test_an_open_feature_follows_the_data(
    page: Page, viewer: str, snapshot: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    page.goto(f"{viewer}/f/12")
    page.wait_for_load_state("networkidle")
    monkeypatch.setitem(fake_gateway.FEATURES[11], "owner", "새 팀")
    snapshot["version"] += 1
    expect(page.locator("[data-field=owner] td")).to_have_text("새 팀", timeout=9_000)


def test_known_values_have_korean_names(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/7")
    expect(page.locator("[data-field=kind] td")).to_have_text("정책")
    expect(page.locator("[data-field=environment] td")).to_have_text("전체")
    kind = page.locator(".fm-crumbs a", has_text="정책")
    expect(kind).to_have_attribute("href", "/explore?kind=policy")


def test_changes_of_one_run_stand_together(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/7")
    runs = page.locator(".fm-timeline > li")
    expect(runs).to_have_count(3)
    expect(runs.nth(0).locator("ins")).to_have_text(["beta", fake_gateway.HOSTILE])
    expect(runs.nth(1)).to_contain_text("직접 수정")
    expect(runs.nth(1)).to_contain_text("우선순위")
    expect(runs.nth(2)).to_contain_text("추가")


def test_a_long_history_is_shown_in_parts(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/{fake_gateway.BUSY_ID}")
    runs = page.locator(".fm-timeline > li")
    expect(runs).to_have_count(200)
    page.get_by_role("button", name="이전 이력 더 보기").click()
    expect(runs).to_have_count(205)
    expect(page.get_by_role("button", name="이전 이력 더 보기")).to_have_count(0)


def test_the_name_is_copied(page: Page, viewer: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{viewer}/f/12")
    page.get_by_role("button", name="이름 복사").click()
    expect(page.get_by_text("복사했습니다.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "간편결제 012"


def test_the_skip_link_leads_to_the_content(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/12")
    expect(page.locator(".fm-timeline")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="본문으로 건너뛰기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_attributes_are_rows_of_their_own(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/7")
    expect(page.locator("[data-field='attributes.우선순위'] td")).to_have_text("2")
    expect(page.locator("[data-field='attributes.labels'] td")).to_have_text("a, b")
    expect(page.locator("[data-field='attributes.check'] td")).to_have_text("every: 1분")


def test_hostile_values_are_text_and_no_links(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/7")
    expect(page.get_by_role("heading", level=1)).to_have_text(fake_gateway.HOSTILE)
    expect(page.locator(".fm-subtitle")).to_have_text("<b>제목</b>")
    expect(page.locator("[data-field=url] td")).to_have_text("javascript:alert(2)")
    assert not page.locator("#main a[href^=javascript], #main script").count()


def test_a_removed_feature_keeps_its_page(page: Page, viewer: str) -> None:
    page.goto(f"{viewer}/f/{fake_gateway.REMOVED_ID}")
    expect(page.get_by_text("삭제된 기능입니다.")).to_be_visible()
    expect(page.locator("[data-field=owner] td")).to_have_text("회원팀")
    expect(page.locator(".fm-timeline > li").first).to_contain_text("삭제")


@pytest.mark.parametrize("name", ["123456", "abc", "-1"])
def test_an_unknown_feature_is_explained(page: Page, viewer: str, name: str) -> None:
    page.goto(f"{viewer}/f/{name}")
    expect(page.get_by_text("찾을 수 없습니다")).to_be_visible()
    page.get_by_role("link", name="탐색으로 가기").click()
    page.wait_for_url("**/explore")
