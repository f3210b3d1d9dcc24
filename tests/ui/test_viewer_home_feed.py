"""The home numbers: what is kept, what is refused, how they are drawn."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import fake_gateway
import httpx
import pytest

from ui.home_feed import HomeFeed
from ui.pages.home import SPARK_HEIGHT, SPARK_WIDTH, sparkline


def refresh(feed: HomeFeed, answer: httpx.Response | Exception) -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def once() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            await feed.refresh(client)

    asyncio.run(once())


def good(**more: object) -> httpx.Response:
    return httpx.Response(200, text=json.dumps([fake_gateway.home() | more]))


def test_an_answer_is_kept(tmp_path: Path) -> None:
    feed = HomeFeed("http://gateway", tmp_path)
    refresh(feed, good(features=7))
    assert feed.reachable
    assert feed.home
    assert feed.home.features == 7


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, json={"message": "no database"}),
        httpx.Response(200, text="[]"),
        httpx.Response(200, text='[{"features": "many"}]'),
        httpx.Response(200, text="<html>"),
    ],
)
def test_a_failure_keeps_the_last_numbers_and_says_so(
    tmp_path: Path, answer: httpx.Response | Exception
) -> None:
    feed = HomeFeed("http://gateway", tmp_path)
    refresh(feed, good(features=7))
    refresh(feed, answer)
    assert not feed.reachable
    assert feed.home
    assert feed.home.features == 7


def test_before_the_first_answer_the_newest_snapshot_is_shown(tmp_path: Path) -> None:
    for name, features in (("9-20261120T000000000000Z", 8), ("10-20261121T000000000000Z", 9)):
        (tmp_path / name).mkdir()
        row = fake_gateway.home() | {"features": features}
        (tmp_path / name / "home.json").write_text(json.dumps([row]), encoding="utf-8")
    (tmp_path / ".half").mkdir()
    feed = HomeFeed("http://gateway", tmp_path)
    refresh(feed, httpx.ConnectError("refused"))
    assert (feed.reachable, feed.home and feed.home.features) == (False, 9)
    refresh(feed, good(features=7))
    assert (feed.reachable, feed.home and feed.home.features) == (True, 7)


@pytest.mark.parametrize("content", [None, "", "[]", "{"])
def test_a_damaged_snapshot_shows_nothing(tmp_path: Path, content: str | None) -> None:
    folder = tmp_path / "9-20261120T000000000000Z"
    folder.mkdir()
    if content is not None:
        (folder / "home.json").write_text(content, encoding="utf-8")
    feed = HomeFeed("http://gateway", tmp_path)
    refresh(feed, httpx.ConnectError("refused"))
    assert feed.home is None


def test_an_empty_registry_is_no_failure(tmp_path: Path) -> None:
    feed = HomeFeed("http://gateway", tmp_path)
    refresh(feed, good(features=0, by_status=None, by_day=None, recent=None, checked_at=None))
    assert feed.reachable


def test_the_numbers_are_read_again_only_when_the_snapshot_moved(tmp_path: Path) -> None:
    version, asked, news = 1, [], []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.rpartition("/")[2])
        row = fake_gateway.home() | {"snapshot_version": version}
        return httpx.Response(200, text=json.dumps([row]))

    async def looks() -> None:
        nonlocal version
        feed = HomeFeed("http://gateway", tmp_path, on_news=lambda: news.append(feed.home))
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            await feed.look(client)
            await feed.look(client)
            version = 2
            await feed.look(client)

    asyncio.run(looks())
    assert asked == ["home", "snapshot", "snapshot", "home"]
    assert [home and home.snapshot_version for home in news] == [1, 2]


def test_a_sparkline_stays_in_its_box() -> None:
    points = [tuple(map(float, point.split(","))) for point in sparkline([5, 9, 1, 9]).split()]
    assert [x for x, _ in points] == [0, SPARK_WIDTH / 3, SPARK_WIDTH * 2 / 3, SPARK_WIDTH]
    assert all(0 < y < SPARK_HEIGHT for _, y in points)
    assert points[1][1] < points[0][1] < points[2][1]


def test_a_sparkline_needs_two_days() -> None:
    assert sparkline([3]) == ""
    assert len(set(sparkline([3, 3, 3]).split())) == 3
