"""The demo's start: its folder, its history's dates, its ports."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path

import pytest

from fmw.demo import services
from fmw.demo.data import SEOUL, Delivery
from fmw.demo.folder import State, only_one, prepare, write_state
from fmw.demo.load import last_day, since
from fmw.demo.services import pick_port
from fmw.errors import FmwError, SettingsError
from fmw.settings import Settings, load_settings

LOADED = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


def delivery(source: str, day: int) -> Delivery:
    at = dt.datetime(2026, 11, day, 7, 30, tzinfo=SEOUL)
    return Delivery(source=source, effective_at=at, path=Path(f"{source}-{day}"))


def test_a_new_folder_has_its_own_settings(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    assert prepare(home, 5, reset=False) == State(days=5)
    assert load_settings({"FMW_CONFIG": str(home / "fmw.toml")}).home == home
    assert (home / "sources.toml").exists()


def test_a_whole_demo_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    prepare(home, 5, reset=False)
    write_state(home, State(days=5, loaded_at=LOADED))
    (home / "policy-team.csv").touch()
    assert prepare(home, 90, reset=False) == State(days=5, loaded_at=LOADED)
    assert (home / "policy-team.csv").exists()


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_not_whole_or_not_wanted_is_begun_anew(tmp_path: Path, whole: bool) -> None:
    home = tmp_path / "demo"
    prepare(home, 5, reset=False)
    write_state(home, State(days=5, loaded_at=LOADED if whole else None))
    (home / "history").mkdir()
    (home / "policy-team.csv").touch()
    assert prepare(home, 9, reset=whole) == State(days=9)
    assert not (home / "history").exists()
    assert not (home / "policy-team.csv").exists()


@pytest.mark.parametrize("reset", [True, False])
def test_a_folder_that_is_no_demo_is_left_alone(tmp_path: Path, reset: bool) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FmwError, match="is not a demo"):
        prepare(tmp_path, 5, reset=reset)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_only_one_demo_at_a_time(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with only_one(home), pytest.raises(FmwError, match="running already"), only_one(home):
        pytest.fail("the folder is taken")
    with only_one(home):
        pass  # free again


def test_the_history_ends_with_the_last_whole_morning() -> None:
    assert last_day(dt.datetime(2026, 11, 23, 7, 29, tzinfo=SEOUL)) == dt.date(2026, 11, 22)
    assert last_day(dt.datetime(2026, 11, 23, 7, 30, tzinfo=SEOUL)) == dt.date(2026, 11, 23)
    assert last_day(dt.datetime(2026, 11, 22, 23, 0, tzinfo=dt.UTC)) == dt.date(2026, 11, 23)


def test_a_shorter_history_begins_with_what_was_there_before() -> None:
    story = [delivery("a", 1), delivery("b", 2), delivery("a", 3), delivery("a", 5)]
    taken = list(since(dt.date(2026, 11, 4), story))
    midnight = dt.datetime(2026, 11, 4, tzinfo=SEOUL)
    assert [(str(d.path), d.effective_at) for d in taken] == [
        ("a-3", midnight),
        ("b-2", midnight),
        ("a-5", story[-1].effective_at),
    ]


def test_a_shorter_history_of_sources_that_rest_is_what_was_there() -> None:
    assert [str(d.path) for d in since(dt.date(2026, 11, 4), [delivery("a", 1)])] == ["a-1"]


def test_a_default_port_in_use_gives_the_next_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_is_free", lambda port: port > 8001)
    assert pick_port(Settings(), "gateway_port") == 8002


def test_a_chosen_port_in_use_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(gateway_port=other.getsockname()[1])
        with pytest.raises(SettingsError, match="in use") as refused:
            pick_port(settings, "gateway_port")
    assert "FMW_GATEWAY_PORT" in refused.value.hint
