"""What a reader comes for, on the whole system: real sources, worker, Postgres, gateway, viewer."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.running_demo import Demo

KST = dt.timezone(dt.timedelta(hours=9))
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def count(page: Page) -> int:
    """The number of rows a screen says it has."""
    expect(page.locator(".fm-count")).to_contain_text("개")
    return int("".join(filter(str.isdigit, page.locator(".fm-count").inner_text())))


def names(page: Page) -> list[str]:
    page.locator(".fm-name").first.wait_for()
    return page.locator(".fm-name").all_inner_texts()


def link(page: Page, name: str, base: str) -> httpx.Response:
    """What a link of the page downloads."""
    href = page.get_by_role("link", name=name, exact=True).get_attribute("href")
    assert href
    return httpx.get(base + href)


def test_half_a_word_a_filter_and_a_link_for_a_colleague(
    page: Page, browser: Browser, demo: Demo
) -> None:
    page.goto(demo.viewer)
    page.get_by_role("searchbox").fill("환불정")
    page.keyboard.press("Enter")
    page.locator(".fm-name").first.wait_for()
    status = page.locator("[data-facet=status] label").first
    wanted = status.locator("b").inner_text()
    status.click()
    expect(page.locator(".fm-count")).to_have_text(f"{wanted}개 기능")
    found, rows = count(page), names(page)
    page.get_by_role("button", name="링크 복사").click()
    expect(page.get_by_text("복사했습니다.")).to_be_visible()
    colleague = browser.new_page(locale="en-US", timezone_id="America/New_York")
    colleague.goto(page.url)
    assert (names(colleague), count(colleague)) == (rows, found)
    colleague.close()


def test_files_hold_exactly_what_is_shown(page: Page, demo: Demo, tmp_path: Path) -> None:
    page.goto(f"{demo.viewer}/explore?q=결제&status=정상&sort=feature_name")
    found = count(page)
    heads = page.locator(".ag-header-cell-text").all_inner_texts()
    fields = page.locator(".ag-header-cell").evaluate_all(
        "cells => cells.map(cell => cell.getAttribute('col-id'))"
    )
    api = demo.rows("/v1/features", q="결제", status="eq.정상", order="feature_name")
    assert len(api) == found

    text = link(page, "CSV(엑셀)", demo.viewer).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == heads
    assert [row["기능"] for row in rows] == [row["feature_name"] for row in api]
    plain = [n for n, field in enumerate(fields) if not field.endswith("_at")]
    assert [[list(row.values())[n] for n in plain] for row in rows] == [
        [row[fields[n]] for n in plain] for row in api
    ]

    book = tmp_path / "x.xlsx"
    book.write_bytes(link(page, "XLSX", demo.viewer).content)
    sheet = openpyxl.load_workbook(book).active
    head, *body = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert head == heads
    assert [[str(line[n] or "") for n in plain] for line in body] == [
        [row[fields[n]] for n in plain] for row in api
    ]


def test_a_choice_of_columns_is_in_the_address_and_in_the_file(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?cols=feature_name,until,owner")
    expect(page.locator(".ag-header-cell-text")).to_have_text(["기능", "담당", "종료"])
    page.locator("summary", has_text="열 선택").click()
    page.get_by_label("담당", exact=True).uncheck()
    expect(page.locator(".ag-header-cell-text")).to_have_text(["기능", "종료"])
    assert parse_qs(urlsplit(page.url).query) == {"cols": ["feature_name,until"]}
    head = link(page, "CSV(엑셀)", demo.viewer).content.decode("utf-8-sig").split("\r\n")[0]
    assert head == "기능,종료"


def test_a_change_that_a_sync_just_made_is_seen(page: Page, demo: Demo) -> None:
    page.goto(demo.viewer)
    expect(page.locator("[data-number=features]")).to_be_visible()
    file = demo.home / "policy-team.csv"
    head, first, *rest = file.read_text("utf-8-sig").splitlines()
    row = dict(zip(head.split(","), next(csv.reader([first])), strict=True))
    [feature] = demo.rows("/v1/features", feature_name=f"eq.{row['정책 ID']}")
    before, after = feature["status"], "폐지" if feature["status"] != "폐지" else "시행"
    changed = first.replace(f",{row['상태']},", f",{after},", 1)
    file.write_text("\n".join([head, changed, *rest]), "utf-8-sig")
    [run] = demo.finished(demo.request_sync({"sources": ["policy-team"]}))
    assert run["status"] == "succeeded"

    change = page.locator(".fm-recent tr", has=page.locator("ins", has_text=after)).first
    expect(change).to_contain_text(before, timeout=15_000)  # the open page follows
    expect(page.locator("[data-unseen]")).to_have_text("지난 방문 이후 바뀐 항목 1개")
    page.locator("[data-unseen]").click()
    entry = page.locator(".fm-entries li")
    expect(entry).to_have_count(1)
    expect(entry.locator("del")).to_have_text(before)
    expect(entry.locator("ins")).to_have_text(after)
    page.get_by_role("button", name="여기까지 읽음").click()
    expect(page.get_by_text("지난 방문 이후 바뀐 것이 없습니다.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("지난 방문 이후 바뀐 것이 없습니다.")).to_be_visible()


def test_how_it_was_on_a_day(page: Page, demo: Demo) -> None:
    asked = {"field": "eq.status", "kind": "eq.policy", "order": "changed_at.desc", "limit": "1"}
    [change] = demo.rows("/v1/feature_history", **asked)
    changed = dt.datetime.fromisoformat(change["changed_at"]).astimezone(KST)
    before, after = ((changed + dt.timedelta(days)).date().isoformat() for days in (-1, 0))
    page.goto(f"{demo.viewer}/f/{change['feature_id']}")
    shown = page.locator("[data-field=status] td")
    now = shown.inner_text()
    for day, status in ((after, change["new_value"]), (before, change["old_value"])):
        page.get_by_label("기준일").fill(day)
        expect(page.get_by_text(f"{day} 시점의 값입니다.")).to_be_visible()
        expect(shown).to_have_text(status)
        assert urlsplit(page.url).query == f"as_of={day}"
    page.get_by_role("button", name="현재로 돌아가기").click()
    expect(shown).to_have_text(now)

    page.goto(f"{demo.viewer}/explore?as_of={before}")
    moment = f"{before}T23:59:59.999999+09:00"
    total = len(demo.rows("/v1/features", as_of=moment, select="feature_id"))
    expect(page.locator(".fm-count")).to_have_text(f"{total:,}개 기능")
    expect(page.get_by_text(f"{before}이 끝날 때의 상태")).to_be_visible()


def test_a_day_that_cannot_be_known_is_not_shown_as_today(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/f/1306")
    expect(page.locator(".fm-values")).to_be_visible()
    page.route("**/api/v1/features?*as_of*", lambda route: route.fulfill(status=503, json={}))
    page.get_by_label("기준일").fill("2026-11-20")
    expect(page.get_by_role("alert")).to_contain_text("스냅샷에는 지난 날짜의 상태가 없습니다.")
    expect(page.locator(".fm-values")).to_have_count(0)
    page.get_by_role("button", name="현재로 돌아가기").click()
    expect(page.locator(".fm-values")).to_be_visible()


def test_the_past_of_the_list_leads_to_the_past_of_a_feature(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?as_of=2026-11-20")
    page.locator(".fm-name").first.click()
    page.wait_for_url("**/f/*?as_of=2026-11-20")
    expect(page.get_by_text("2026-11-20 시점의 값입니다.")).to_be_visible()
    near = page.locator(".fm-near a:not([aria-current])").first
    expect(near).to_have_attribute("href", re.compile(r"as_of=2026-11-20$"))


def test_before_it_existed_a_feature_says_so(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/f/1?as_of=2020-01-01")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "2020-01-01에는 이 기능이 없었습니다."
    )


def test_numbers_of_a_day_lead_to_its_changes(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/overview?days=30")
    rows = page.locator(".fm-numbers tbody tr")
    expect(rows).to_have_count(30)
    expect(page.locator(".fm-chart svg")).to_be_visible()
    said = page.locator(".fm-note", has_text="그동안").inner_text().replace(",", "")
    numbers = map(int, re.findall(r"(?<![-\d])\d+(?![-\d])", said))
    first, last, created, _, removed = numbers
    assert first + created - removed == last
    day = rows.first.locator("th").inner_text()
    [newest] = demo.rows("/v1/daily_counts", select="total.sum()", day=f"eq.{day}")
    expect(rows.first.locator("td").first).to_have_text(f"{int(newest['sum']):,}")
    added = page.locator(".fm-numbers tbody td:nth-child(3) a").first
    number = int(added.inner_text().replace(",", ""))
    added.click()
    expect(page.locator(".fm-entries > li")).to_have_count(number)
    expect(page.locator(".fm-op").first).to_have_text("추가")
    assert set(page.locator(".fm-entries .fm-op").all_inner_texts()) == {"추가"}


def test_changes_of_a_period_are_those_of_the_api(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/changes?period=month&kind=policy&field=status")
    found = count(page)
    page.get_by_role("button", name="기간 지정").click()
    first, last = (page.get_by_label(name).input_value() for name in ("시작일", "종료일"))
    assert count(page) == found
    days = f'changed_at.gte."{first}T00:00:00+09:00",changed_at.lte."{last}T23:59:59+09:00"'
    asked = {"kind": "eq.policy", "field": "eq.status", "and": f"({days})"}
    rows = demo.rows("/v1/feature_history", **asked)
    assert len(rows) == found
    text = link(page, "CSV(엑셀)", demo.viewer).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == found + 1


def test_an_empty_answer_names_the_filter_in_the_way(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?status=정상&kind=policy")
    expect(page.get_by_text("조건에 맞는 기능이 없습니다.")).to_be_visible()
    hint = page.get_by_role("button", name="종류: 정책 없이")
    expect(hint).to_be_visible()
    rows = hint.inner_text().split("없이 ")[1]
    hint.click()
    expect(page.locator(".fm-count")).to_have_text(f"{rows} 기능")
