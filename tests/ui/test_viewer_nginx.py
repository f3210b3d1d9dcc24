"""The viewer behind a real nginx, as docs/reference/viewer.md configures it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import fake_gateway
import httpx
import pytest
from playwright.sync_api import Page, expect
from viewer_process import Viewer

from tests.tools import free_port, needs, until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "reference" / "viewer.md").read_text(encoding="utf-8")
FRAME = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    {outside}
    server {{
        listen 127.0.0.1:{port};
        {inside}
    }}
}}
"""


@pytest.fixture
def own_viewer(gateway: int, tmp_path: Path) -> Iterator[Viewer]:
    made = Viewer(gateway, tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def nginx(own_viewer: Viewer, gateway: int, tmp_path: Path) -> Iterator[str]:
    """Base URL of nginx, in front of a viewer that the test may stop."""
    program = needs("nginx", "/usr/sbin/nginx")
    for part in (tmp_path, *tmp_path.parents):  # nginx' workers are nobody in particular
        if part.stat().st_uid == Path(tmp_path).stat().st_uid and part != Path("/"):
            part.chmod(part.stat().st_mode | 0o755)
    inside, outside = re.findall(r"```nginx\n(.*?)```", MANUAL, re.S)
    files = write_snapshot(tmp_path / "snapshots")
    inside = inside.replace("127.0.0.1:8501", f"127.0.0.1:{own_viewer.port}")
    inside = inside.replace("127.0.0.1:8000", f"127.0.0.1:{gateway}")
    inside = inside.replace("C:/fmw/var/snapshots/", f"{files}/")
    outside = outside.replace("C:/fmw/var/nginx-cache", f"{tmp_path}/cache")
    inside = inside.replace("C:/fmw/ui/", f"{ROOT / 'ui'}/")
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(FRAME.format(home=tmp_path, port=port, inside=inside, outside=outside))
    process = subprocess.Popen([program, "-c", config])
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{url}/viewer/healthz"), "nginx and the viewer")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def write_snapshot(folder: Path) -> Path:
    """The files of the made-up gateway's rows."""
    version = folder / "41-20261125T100000000000Z"
    version.mkdir(parents=True)
    for name in ("features", "snapshot", "home", "feature_history"):
        rows = fake_gateway.VIEWS[name]()
        (version / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def test_screens_work_under_a_prefix(page: Page, nginx: str) -> None:
    page.goto(f"{nginx}/viewer/")
    expect(page.locator("[data-number=features]")).to_have_text("260")
    page.get_by_role("link", name="탐색").click()
    expect(page.locator(".fm-count")).to_have_text("260개 기능")
    assert page.url == f"{nginx}/viewer/explore"
    page.locator(".fm-name").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/viewer/f/" in page.url


def test_while_the_viewer_is_down_the_snapshot_can_be_searched(
    page: Page, nginx: str, own_viewer: Viewer
) -> None:
    own_viewer.stop()
    answer = page.goto(f"{nginx}/viewer/explore")
    assert answer
    assert answer.status == 502
    expect(page.get_by_role("status")).to_contain_text("화면 서버가 응답하지 않습니다.")
    expect(page.locator("#fm-count")).to_have_text("260개 기능")
    page.locator("#fm-q").fill("간편결제 012")
    expect(page.locator("#fm-count")).to_have_text("1개 기능")
    expect(page.locator("tbody tr")).to_contain_text("간편결제 012")
    own_viewer.start()
    expect(page.locator(".fm-grid")).to_be_visible(timeout=30_000)  # by itself


def test_a_link_to_a_feature_shows_it_while_the_viewer_is_down(
    page: Page, nginx: str, own_viewer: Viewer
) -> None:
    own_viewer.stop()
    page.route("**/api/v1/**", lambda route: route.abort())  # and the gateway, too
    page.goto(f"{nginx}/viewer/f/12")
    expect(page.locator("#fm-count")).to_have_text("1개 기능")
    expect(page.locator("tbody tr")).to_contain_text("간편결제 012")
    expect(page.get_by_role("status")).to_contain_text("데이터 기준")


@pytest.mark.parametrize(
    "path", ["app.py", "static/%2e%2e/app.py", "pages/home.py", "static/", "i18n/%2e%2e%2fapp.py"]
)
def test_nothing_else_is_on_offer(nginx: str, path: str) -> None:
    assert httpx.get(f"{nginx}/viewer-files/{path}").status_code in (400, 404)


def test_snapshots_are_listed_as_the_viewer_lists_them(nginx: str) -> None:
    listed = httpx.get(f"{nginx}/viewer/snap/").json()
    assert [entry["name"] for entry in listed] == ["41-20261125T100000000000Z"]
