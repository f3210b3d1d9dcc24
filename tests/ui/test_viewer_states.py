"""Every screen in every state: for whoever sees badly, on small screens, on paper, in trouble."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import fake_gateway
import psutil
import pytest
from playwright.sync_api import Browser, Page, expect
from viewer_process import Viewer, serving

from tests.e2e.running_demo import Demo
from tests.npm import packages

pytestmark = [pytest.mark.browser, pytest.mark.slow]
JS = Path(__file__).with_name("js")
ROOT = JS.parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENS = {
    "home": ("/", "[data-number=features]"),
    "overview": ("/overview?days=7", ".fm-chart svg"),
    "explore": ("/explore?status=정상&q=결제", ".fm-name"),
    "explore in the past": (
        "/explore?as_of=2026-11-01&changed=7d",
        ".fm-past ~ .fm-grid-box .fm-name",
    ),
    "explore empty": ("/explore?status=정상&kind=policy", ".fm-cover .fm-button"),
    "detail": ("/f/1306", ".fm-near"),
    "detail in the past": ("/f/1306?as_of=2026-11-25", "#main .fm-banner"),
    "detail missing": ("/f/999999", ".fm-cover-still"),
    "changes": ("/changes?period=month&op=U", ".fm-entries li"),
    "changes of a range": ("/changes?since=2026-11-01&until=2026-11-10", ".fm-entries li"),
    "changes empty": ("/changes?since=2020-01-01&until=2020-01-02", ".fm-cover-still"),
    "missing": ("/nothing", "h1"),
}


WORDS = json.loads((ROOT / "ui" / "i18n" / "ko.json").read_text("utf-8"))
KOREAN = {text for text in WORDS.values() if not text.isascii()}


def violations(page: Page) -> list[str]:
    """What axe-core finds, each with the place."""
    page.add_script_tag(path=packages(JS) / "node_modules/axe-core/axe.min.js")
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def keep(page: Page, name: str) -> None:
    """Keep a picture where CI asks for them."""
    if folder := os.environ.get("VIEWER_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SCREENS)
def test_axe_finds_nothing(browser: Browser, demo: Demo, name: str, scheme: str) -> None:
    path, shown = SCREENS[name]
    options = {"width": 1366, "height": 768}
    page = browser.new_page(viewport=options, color_scheme=scheme, locale="ko-KR")
    page.goto(demo.viewer + path)
    page.locator(shown).first.wait_for()
    keep(page, f"{name} {scheme}")
    assert violations(page) == []
    page.close()


@pytest.mark.parametrize("name", ["home", "explore", "changes", "overview", "detail"])
def test_axe_finds_nothing_on_a_phone(browser: Browser, demo: Demo, name: str) -> None:
    path, shown = SCREENS[name]
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="ko-KR")
    page.goto(demo.viewer + path)
    page.locator(shown).first.wait_for()
    if name in ("explore", "changes"):
        page.get_by_role("button", name="필터", exact=False).first.click()
        page.locator(".fm-facets.fm-open").wait_for()
    keep(page, f"{name} phone")
    assert violations(page) == []
    page.close()


def test_axe_finds_nothing_in_dialogs_and_menus(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore")
    page.locator(".fm-name").first.wait_for()
    page.locator("summary", has_text="열 선택").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("결제")
    page.get_by_role("dialog").get_by_role("option").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("도움말").click()
    assert violations(page) == []
    page.get_by_role("button", name="의견 보내기").click()
    page.get_by_role("dialog").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_scrolls_sideways(page: Page, demo: Demo, name: str) -> None:
    path, shown = SCREENS[name]
    page.goto(demo.viewer + path)
    page.locator(shown).first.wait_for()
    for width in (320, 390, 768, 1024, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(100)  # the grid follows
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} at {width}"


def test_english_leaves_no_korean_but_the_data(page: Page, demo: Demo) -> None:
    groups = {row["feature_group"] for row in demo.rows("/v1/groups")}
    for path, shown in SCREENS.values():
        page.goto(demo.viewer + path + ("&" if "?" in path else "?") + "lang=en")
        page.locator(shown).first.wait_for()
        lines = page.locator("body").inner_text().splitlines()
        assert [line for line in lines if line.strip() in KOREAN - groups] == [], path
        assert page.locator("html").get_attribute("lang") == "en"


def test_paper_has_the_rows_the_filters_and_the_moment(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/changes?period=month&op=D")
    page.locator(".fm-entries li").first.wait_for()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".fm-nav")).not_to_be_visible()
    expect(page.locator(".fm-facets")).not_to_be_visible()
    expect(page.locator(".fm-entries li").first).to_be_visible()
    printed = page.locator("#main").get_attribute("data-printed")
    assert printed
    for said in ("구분: 삭제", "데이터 기준", "/changes?period=month&op=D"):
        assert said in printed


def test_paper_has_the_rows_that_a_grid_would_not_draw(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?kind=policy&cols=status,title")
    page.locator(".ag-row .fm-chip").first.wait_for()
    expect(page.locator(".fm-paper")).to_have_count(0)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".fm-grid")).not_to_be_visible()
    expect(page.locator(".fm-paper th")).to_have_text(["상태", "제목"])
    expect(page.locator(".fm-paper tbody tr")).to_have_count(100)
    expect(page.locator(".fm-paper caption")).to_contain_text("가운데 1번째부터 100번째까지")
    titles = page.locator(".fm-paper td:last-child").all_inner_texts()
    [first, *_] = demo.rows("/v1/features", kind="eq.policy", order="changed_at.desc", limit="1")
    assert titles[0] == first["title"]
    page.emulate_media(media="screen")
    expect(page.locator(".fm-paper")).not_to_be_visible()


def test_postgres_stops_and_starts_while_somebody_looks(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.viewer}/explore?status=정상")
    found = page.locator(".fm-count")
    expect(found).to_contain_text("개 기능")
    number = found.inner_text()
    server = psutil.Process(demo.server_pid())
    for process in (server, *server.children()):
        process.suspend()  # it hangs: the worst case
    try:
        page.locator("[data-facet=kind] label").first.click()
        expect(page.locator("#fm-stale")).to_contain_text("스냅샷을 보여 드립니다", timeout=10_000)
        expect(found).to_contain_text("개 기능")
        page.locator("[data-facet=kind] input").first.uncheck()
        expect(found).to_have_text(number)
        page.goto(f"{demo.viewer}/f/1306")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        keep(page, "postgres away")
    finally:
        for process in (server, *server.children()):
            process.resume()
    expect(page.locator("#fm-stale")).not_to_be_visible(timeout=75_000)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Viewer]:
    """A viewer without a gateway, and the snapshot files of one."""
    version = tmp_path / "var" / "snapshots" / "41-20261125T100000000000Z"
    version.mkdir(parents=True)
    for name, rows in fake_gateway.VIEWS.items():
        (version / f"{name}.json").write_text(json.dumps(rows()), encoding="utf-8")
    with serving() as port:
        pass  # nobody listens there any more
    viewer = Viewer(port, tmp_path)
    viewer.start()
    yield viewer
    viewer.stop()


def test_without_a_gateway_the_snapshot_files_answer(page: Page, alone: Viewer) -> None:
    page.goto(alone.url)
    expect(page.locator("[data-number=features]")).to_have_text("260")
    expect(page.locator("[data-down]")).to_be_visible()
    page.goto(f"{alone.url}/explore?status=beta&sort=feature_name")
    beta = [f for f in fake_gateway.FEATURES if f["status"] == "beta"]
    expect(page.locator(".fm-count")).to_have_text(f"{len(beta)}개 기능")
    expect(page.locator("#fm-stale")).to_contain_text("스냅샷을 보여 드립니다")
    page.locator("[data-facet=kind] label", has_text="정책").click()
    wanted = [feature for feature in beta if feature["kind"] == "policy"]
    expect(page.locator(".fm-count")).to_have_text(f"{len(wanted)}개 기능")
    page.locator(".fm-name").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#fm-fresh")).to_have_attribute("data-tone", "bad")


def test_a_gateway_that_hangs_is_as_good_as_none(page: Page, alone: Viewer) -> None:
    page.route("**/api/v1/**", lambda _: None)  # no answer, ever
    page.goto(f"{alone.url}/explore")
    expect(page.locator(".fm-count")).to_have_text("260개 기능", timeout=8_000)


def test_an_empty_registry_says_how_to_begin(page: Page, tmp_path: Path) -> None:
    version = tmp_path / "var" / "snapshots" / "0-20261125T100000000000Z"
    version.mkdir(parents=True)
    nothing = {"features": 0, "changes_today": 0, "by_status": None, "recent": None}
    home = json.dumps([fake_gateway.home() | nothing])
    (version / "home.json").write_text(home, encoding="utf-8")
    with serving() as port:
        pass
    viewer = Viewer(port, tmp_path)
    viewer.start()
    try:
        page.goto(viewer.url)
        expect(page.get_by_role("heading", name="아직 데이터가 없습니다")).to_be_visible()
        expect(page.get_by_text("fmw sources new")).to_be_visible()
        search, panel = (page.locator(part).bounding_box() for part in (".fm-find", ".fm-first"))
        assert search
        assert panel
        assert panel["y"] > search["y"] + search["height"]
        assert violations(page) == []
    finally:
        viewer.stop()
