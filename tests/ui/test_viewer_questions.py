"""The ten questions of docs/howto/viewer-ko.md, asked of the screen by the path it names."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.running_demo import Demo, Row

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KST = dt.timezone(dt.timedelta(hours=9))
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "howto" / "viewer-ko.md"


def days_ago(days: int) -> str:
    """The first moment of a Korean day."""
    day = (dt.datetime.now(KST) - dt.timedelta(days=days)).date()
    return f"gte.{day}T00:00:00+09:00"


def facet(page: Page, name: str, value: str) -> None:
    box = page.locator(f"[data-facet={name}]")
    more = box.get_by_role("button", name="더 보기")
    box.locator("label").first.wait_for()
    if more.count():
        more.click()
    box.locator("label", has=page.get_by_text(value, exact=True)).click()


def said(page: Page, number: int) -> None:
    """The screen counts so many rows."""
    expect(page.locator(".fm-count")).to_contain_text(re.compile(rf"(^|\D){number:,}개"))


def payment_policies(page: Page, demo: Demo) -> None:
    page.get_by_role("link", name="변경", exact=True).click()
    facet(page, "kind", "정책")
    facet(page, "feature_group", "결제")
    rows = demo.rows(
        "/v1/feature_history", kind="eq.policy", feature_group="eq.결제", changed_at=days_ago(6)
    )
    said(page, len(rows))
    changed = [row for row in rows if row["field"] and row["old_value"] and row["new_value"]]
    shown = page.locator(".fm-entries li", has_text=changed[0]["feature_name"]).first
    expect(shown.locator("del").first).to_be_visible()
    expect(shown).to_contain_text(changed[0]["new_value"])


def stopped_refunds(page: Page, demo: Demo) -> None:
    page.get_by_role("searchbox").fill("환불")
    page.keyboard.press("Enter")
    facet(page, "status", "중지")
    said(page, len(demo.rows("/v1/features", q="환불", status="eq.중지")))


def in_trouble(page: Page, demo: Demo) -> None:
    rows = demo.rows("/v1/features", select="status,n:count()", status="in.(장애,주의)")
    for row in rows:
        line = page.locator(".fm-statuses li", has_text=row["status"])
        expect(line.locator("b")).to_have_text(row["n"])
    expect(page.locator(".fm-statuses li").first).to_contain_text(re.compile("장애|주의"))


def when_a_policy_changed(page: Page, demo: Demo) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("POL-PAY-026")
    page.get_by_role("dialog").get_by_role("option").first.wait_for()
    page.keyboard.press("Enter")
    [row] = demo.rows(
        "/v1/feature_history",
        feature_name="eq.POL-PAY-026",
        order="changed_at.desc,change_id.desc,field",
        limit="1",
    )
    at = dt.datetime.fromisoformat(row["changed_at"]).astimezone(KST)
    expect(page.locator(".fm-timeline time").first).to_have_text(at.strftime("%Y-%m-%d %H:%M"))


def how_many_on_a_day(page: Page, demo: Demo) -> None:
    day = (dt.datetime.now(KST) - dt.timedelta(days=20)).date().isoformat()
    page.get_by_role("link", name="현황", exact=True).click()
    [row] = demo.rows("/v1/daily_counts", day=f"eq.{day}", select="n:total.sum()")
    line = page.locator(".fm-numbers tbody tr", has_text=day)
    expect(line.locator("td").first).to_have_text(f"{int(row['n']):,}")


def gone_within_a_month(page: Page, demo: Demo) -> None:
    page.get_by_role("link", name="변경", exact=True).click()
    page.get_by_role("button", name="최근 30일").click()
    facet(page, "op", "삭제")
    said(page, len(demo.rows("/v1/feature_history", op="eq.D", changed_at=days_ago(29))))


def more_than_yesterday(page: Page, demo: Demo) -> None:
    [home] = demo.rows("/v1/home", select="features,features_yesterday")
    grown = int(home["features"]) - int(home["features_yesterday"])
    wanted = f"▲ {grown:,}" if grown > 0 else f"▼ {-grown:,}" if grown else "전일과 같음"
    expect(page.locator(".fm-card").first).to_contain_text(wanted)


def of_a_team(page: Page, demo: Demo) -> None:
    page.get_by_role("link", name="탐색", exact=True).click()
    facet(page, "owner", "결제플랫폼팀")
    said(page, len(demo.rows("/v1/features", owner="eq.결제플랫폼팀")))


def longest_unchanged(page: Page, demo: Demo) -> None:
    page.get_by_role("link", name="탐색", exact=True).click()
    facet(page, "kind", "정책")
    head = page.locator(".ag-header-cell[col-id=changed_at]")
    while "sort=changed_at" not in page.url:
        head.click()
        page.wait_for_timeout(200)
    rows: list[Row] = demo.rows("/v1/features", kind="eq.policy", order="changed_at", limit="1")
    at = dt.datetime.fromisoformat(rows[0]["changed_at"]).astimezone(KST)
    cell = page.locator("[row-index='0'] [col-id=changed_at]")
    expect(cell).to_have_text(at.strftime("%Y-%m-%d %H:%M"))


def since_my_last_visit(page: Page, demo: Demo) -> None:
    [newest] = demo.rows("/v1/snapshot", select="change_id")
    seen = int(newest["change_id"]) - 15
    state = f'{{"since": {seen}, "newest": {seen}, "at": 1}}'  # a visit of long ago
    page.evaluate("state => localStorage.setItem('fmw-visit', state)", state)
    page.reload()
    rows = demo.rows("/v1/feature_history", change_id=f"gt.{seen}")
    expect(page.locator("[data-unseen]")).to_have_text(f"지난 방문 이후 바뀐 항목 {len(rows)}개")
    page.locator("[data-unseen]").click()
    said(page, len(rows))


QUESTIONS = [
    payment_policies,
    stopped_refunds,
    in_trouble,
    when_a_policy_changed,
    how_many_on_a_day,
    gone_within_a_month,
    more_than_yesterday,
    of_a_team,
    longest_unchanged,
    since_my_last_visit,
]


def test_the_manual_has_these_questions() -> None:
    assert len(re.findall(r"^\| \d+\. ", MANUAL.read_text("utf-8"), re.M)) == len(QUESTIONS)


@pytest.mark.parametrize("ask", QUESTIONS, ids=lambda ask: ask.__name__)
def test_the_screen_answers(page: Page, demo: Demo, ask: Callable[[Page, Demo], None]) -> None:
    page.goto(demo.viewer)
    page.locator("[data-number=features]").wait_for()
    began = time.monotonic()
    ask(page, demo)
    assert time.monotonic() - began < 30
