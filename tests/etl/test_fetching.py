"""Sources that are services: paging, validators, secrets, and services that misbehave."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from etl import fetching
from etl.declaration import Source
from etl.runs import Run
from etl.sync import sync_source
from fmw.errors import SourceError
from tests.etl.web_service import send, serving

COLUMNS = {"feature_group": "team", "feature_name": "name", "status": "state"}


def page(*names: str) -> list[dict[str, str]]:
    return [{"team": "결제", "name": name, "state": "사용"} for name in names]


def body(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.fixture
def take(etl: psycopg.Connection, tmp_path: Path) -> Any:
    def take(url: str, **declared: Any) -> Run:
        declared.setdefault("timeout", 2.0)
        return sync_source(
            etl,
            Source(
                name="service", kind="http", url=url, columns=COLUMNS, spool=tmp_path, **declared
            ),
        )

    return take


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LONGEST_WAIT", 0.1)


def test_pages_are_followed_by_link_header(take: Any) -> None:
    def answer(request: Any) -> None:
        if request.path == "/":
            send(request, body(page("a", "b")), Link='</?page=2>; rel="next"')
        else:
            send(request, body(page("c")))

    with serving(answer) as url:
        assert take(f"{url}/").created == 3


@pytest.mark.parametrize("following", ["{url}/items?cursor=2", "2"])
def test_pages_are_followed_by_cursor(take: Any, following: str) -> None:
    def answer(request: Any) -> None:
        cursor = parse_qs(urlsplit(request.path).query).get("cursor")
        if cursor == ["2"]:
            send(request, body({"data": page("c"), "meta": {"next": None}}))
        else:
            link = following.format(url=url)
            send(request, body({"data": page("a", "b"), "meta": {"next": link}}))

    with serving(answer) as url:
        run = take(f"{url}/items?limit=2", records="data", cursor="meta.next")
        assert run.created == 3


def test_pages_are_counted_until_one_is_empty(take: Any) -> None:
    def answer(request: Any) -> None:
        number = int(parse_qs(urlsplit(request.path).query)["p"][0])
        send(request, body(page(f"f{number}") if number < 4 else []))

    with serving(answer) as url:
        assert take(url, page_param="p").created == 3


def test_what_is_not_modified_is_not_sent_again(take: Any) -> None:
    seen: list[str | None] = []

    def answer(request: Any) -> None:
        seen.append(request.headers.get("If-None-Match"))
        if seen[-1] == '"1"':
            send(request, b"", 304)
        else:
            send(request, body(page("a")), ETag='"1"')

    with serving(answer) as url:
        assert take(url).created == 1
        again = take(url)
        # The name of another column is another delivery of the same bytes.
        third = take(url, constants={"owner": "결제팀"})
    assert seen == [None, '"1"', '"1"']
    assert (again.unchanged, again.updated, third.updated) == (1, 0, 1)


def test_secret_comes_from_the_environment(
    take: Any, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Any) -> None:
        allowed = request.headers.get("X-Api-Key") == "s3cret"
        send(request, body(page("a")), 200 if allowed else 401)

    with serving(answer) as url:
        with pytest.raises(SourceError, match="FMW_TEST_KEY is not set"):
            take(url, auth_env="FMW_TEST_KEY", auth_header="X-Api-Key")
        monkeypatch.setenv("FMW_TEST_KEY", "s3cret")
        assert take(url, auth_env="FMW_TEST_KEY", auth_header="X-Api-Key").created == 1
        monkeypatch.setenv("FMW_TEST_KEY", "wrong")
        with pytest.raises(SourceError, match="401"):
            take(url, auth_env="FMW_TEST_KEY", auth_header="X-Api-Key")
    errors = admin.execute("select string_agg(error, ' ') from ops.runs").fetchone()
    assert "s3cret" not in errors[0]


def test_next_page_on_another_host_is_refused(take: Any) -> None:
    def answer(request: Any) -> None:
        send(request, body(page("a")), Link='<http://127.0.0.2:9/>; rel="next"')

    with serving(answer) as url, pytest.raises(SourceError, match="another host"):
        take(url)


def test_page_that_leads_back_is_refused(take: Any) -> None:
    def answer(request: Any) -> None:
        send(request, body(page("a")), Link=f'<{request.path}>; rel="next"')

    with serving(answer) as url, pytest.raises(SourceError, match="leads back"):
        take(url)


def test_passing_trouble_is_tried_again(take: Any) -> None:
    answers = [503, 429, 200]

    def answer(request: Any) -> None:
        send(request, body(page("a")), answers.pop(0), Retry_After="9")

    with serving(answer) as url:
        assert take(url).created == 1
    assert answers == []


def test_lasting_trouble_fails_the_run_and_changes_nothing(take: Any, admin: Any) -> None:
    broken = False

    def answer(request: Any) -> None:
        send(request, body(page("a")), 500 if broken else 200)

    with serving(answer) as url:
        take(url)
        broken = True
        with pytest.raises(SourceError, match="500"):
            take(url)
    assert admin.execute("select status from ops.runs order by run_id").fetchall() == [
        ("succeeded",),
        ("failed",),
    ]
    assert admin.execute("select count(*) from core.features").fetchone() == (1,)


@pytest.mark.parametrize("limit", ["timeout", "max_seconds"])
def test_service_that_hangs_or_drips_is_cut_off(take: Any, limit: str) -> None:
    def answer(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(100):
            if limit == "max_seconds":
                request.wfile.write(b" ")
                request.wfile.flush()
            time.sleep(0.1)

    began = time.monotonic()
    with serving(answer) as url, pytest.raises(SourceError):
        take(url, **{limit: 0.3})
    assert time.monotonic() - began < 15


def test_more_than_the_limit_is_cut_off(take: Any) -> None:
    def answer(request: Any) -> None:
        send(request, b"[" + b" " * (2 << 20) + b"]")

    with serving(answer) as url, pytest.raises(SourceError, match="max_megabytes = 1"):
        take(url, max_megabytes=1)


def test_page_that_is_no_json_is_refused(take: Any) -> None:
    def answer(request: Any) -> None:
        send(request, b"<html>sign in</html>")

    with serving(answer) as url, pytest.raises(SourceError, match="page-00001"):
        take(url)
