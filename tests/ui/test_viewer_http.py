"""The viewer as a web server: probes, proxy, caching, escaping, size, what it leaves behind."""

from __future__ import annotations

import gzip
import json
import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import fake_gateway
import httpx
import pytest
from viewer_process import viewing

from tests.tools import free_port
from ui.theme import VERSION


def test_healthz_is_plain_and_makes_no_page(viewer: str) -> None:
    answer = httpx.get(viewer + "/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_the_proxy_passes_query_status_and_headers(viewer: str) -> None:
    answer = httpx.get(viewer + '/api/v1/features?feature_group=in.("결제")&limit=2')
    assert answer.headers["content-range"] == "0-1/43"
    assert [row["feature_group"] for row in answer.json()] == ["결제", "결제"]
    assert answer.headers["x-seen-for"] == "127.0.0.1"
    assert httpx.get(viewer + "/api/v1/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/../dev/runs", "/api/v1/%2e%2e/dev/runs"])
def test_the_proxy_cannot_be_led_out_of_its_path(viewer: str, path: str) -> None:
    connection = HTTPConnection(urlsplit(viewer).netloc)  # httpx would tidy the path up
    connection.request("GET", path)
    assert json.loads(connection.getresponse().read())["code"] == "VIEWER404"
    connection.close()


def test_the_proxy_only_reads(viewer: str) -> None:
    assert httpx.post(viewer + "/api/v1/features").status_code == 405


def test_names_are_escaped_in_the_first_answer(viewer: str) -> None:
    html = httpx.get(viewer).text
    assert fake_gateway.HOSTILE not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_every_link_respects_the_prefix_of_the_proxy(viewer: str) -> None:
    html = httpx.get(viewer, headers={"X-Forwarded-Prefix": "/viewer"}).text
    links = re.findall(r'(?:href|action)="(/[^"]*)"', html)
    assert links
    assert [link for link in links if not link.startswith("/viewer/")] == []


@pytest.mark.parametrize("prefix", ["javascript:alert(1)", "//evil.example", '/"><b>'])
def test_a_forged_prefix_is_ignored(viewer: str, prefix: str) -> None:
    html = httpx.get(viewer + "/home.html", headers={"X-Forwarded-Prefix": prefix}).text
    assert 'href="/f/7"' in html


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_unknown_address_is_404_in_the_readers_language(viewer: str, method: str) -> None:
    answer = httpx.request(method, viewer + "/<b>nowhere", params={"lang": "en"})
    assert answer.status_code == 404
    assert method != "GET" or "This page does not exist." in answer.text
    assert "<b>nowhere" not in answer.text


def test_an_unknown_address_respects_the_prefix_of_the_proxy(viewer: str) -> None:
    html = httpx.get(viewer + "/nowhere", headers={"X-Forwarded-Prefix": "/viewer"}).text
    links = re.findall(r'(?:href|action|"fmw/"): ?"?(/[^"]*)"|(?:href|action)="(/[^"]*)"', html)
    assert links
    assert [link for pair in links for link in pair if link and link[:8] != "/viewer/"] == []


@pytest.mark.parametrize(
    ("feature", "status"),
    [
        ("7", 200),
        (str(fake_gateway.REMOVED_ID), 200),
        ("123456", 404),
        ("abc", 404),
        ("9" * 30, 404),
    ],
)
def test_the_status_of_a_feature_page_says_whether_it_exists(
    viewer: str, feature: str, status: int
) -> None:
    assert httpx.get(f"{viewer}/f/{feature}").status_code == status


def test_head_has_headers_and_no_body(viewer: str) -> None:
    answer = httpx.head(viewer + "/api/v1/features?limit=1")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/explore", "/f/7"])
def test_a_page_is_a_thin_shell(viewer: str, path: str) -> None:
    answer = httpx.get(viewer + path)
    assert answer.headers["cache-control"] == "no-store"
    assert len(gzip.compress(answer.content)) < 7_500
    assert not re.search(r'(src|href)="https?://', answer.text)


def test_static_files_are_cached_for_ever_under_their_version(viewer: str) -> None:
    [sheet] = re.findall(r'href="([^"]+/app\.css)"', httpx.get(viewer).text)
    assert "max-age=31536000" in httpx.get(viewer + sheet).headers["cache-control"]


def test_nothing_is_written_but_the_modules(viewer: str, viewer_folder: Path) -> None:
    assert httpx.get(viewer).is_success
    written = [path for path in viewer_folder.rglob("*") if path.is_file()]
    assert {path.parent for path in written} == {viewer_folder / "var" / "viewer" / VERSION}


def test_without_a_gateway_pages_and_api_say_so(tmp_path: Path) -> None:
    with viewing(free_port(), tmp_path) as url:
        assert "데이터 서버가 응답하지 않습니다" in httpx.get(url).text
        assert httpx.get(url + "/f/7").status_code == 200  # who knows
        answer = httpx.get(url + "/api/v1/features")
        assert answer.status_code == 502
        assert set(answer.json()) == {"code", "message", "details", "hint"}
