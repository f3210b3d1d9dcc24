"""The demo's data: the files are right, the spellings known, the stories plausible."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from demo_reader import Demo, Identity, compare, fold, generate, name_map, read, steps

from fmw.demo.catalogue import load_words, particles
from fmw.demo.data import DAYS, deliveries, write_configuration
from fmw.demo.sources import SOURCES
from fmw.demo.story import Story

END = dt.date(2026, 11, 23)  # a Monday
SATURDAY = dt.date(2026, 11, 28)
NAMES = ["policy-team", "feature-team", "status-monitor"]
STATUSES = {
    "policy-team": {"시행", "검토", "폐지"},
    "feature-team": {"사용", "중지", "예정"},
    "status-monitor": {"정상", "주의", "장애", "점검"},
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return generate(tmp_path_factory.mktemp("demo"), END)


@pytest.fixture(scope="module")
def saturday(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return generate(tmp_path_factory.mktemp("saturday"), SATURDAY)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_the_same_end_gives_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    write_configuration(tmp_path)
    assert [d.effective_at for d in deliveries(tmp_path, END)] == [
        d.effective_at for d in demo.deliveries
    ]
    assert digest(tmp_path) == digest(demo.folder)


def test_size(demo: Demo) -> None:
    last = {name: list(states.values())[-1] for name, states in demo.states.items()}
    assert 2800 <= sum(map(len, last.values())) <= 3200
    assert all(
        900 <= len(state) <= 1100 for each in demo.states.values() for state in each.values()
    )
    assert len({key[0] for state in last.values() for key in state}) == 15
    assert {key[2] for key in last["feature-team"]} == {"운영", "개발", "검증"}


def test_deliveries_come_in_time_order_in_the_mornings_of_90_days(demo: Demo) -> None:
    moments = [delivery.effective_at for delivery in demo.deliveries]
    assert moments == sorted(moments)
    assert all(moment.utcoffset() == dt.timedelta(hours=9) for moment in moments)
    assert all(5 <= moment.hour < 12 for moment in moments)
    start = END - dt.timedelta(days=DAYS - 1)
    for name in NAMES:
        days = list(demo.states[name])
        assert (days[0], days[-1]) == (start, END)


def test_files_are_where_the_declaration_says(demo: Demo) -> None:
    assert list(demo.sources) == NAMES
    for delivery in demo.deliveries:
        source = demo.sources[delivery.source]
        name = f"{delivery.effective_at.date()}.{source['kind']}"
        assert delivery.path == demo.folder / "history" / delivery.source / name
    for name, source in demo.sources.items():
        last = [d.path for d in demo.deliveries if d.source == name][-1]
        assert (demo.folder / source["path"]).read_bytes() == last.read_bytes()


def test_a_delivery_is_written_only_when_the_content_changed(demo: Demo) -> None:
    for name in NAMES:
        paths = [d.path for d in demo.deliveries if d.source == name]
        contents = [read(path) for path in paths]
        for row in (row for rows in contents for row in rows):
            for column in demo.sources[name].get("ignore", []):
                parent, leaf = column.split(".")
                del row[parent][leaf]
        assert all(a != b for a, b in pairwise(contents)), name
        written = len(list((demo.folder / "history" / name).iterdir()))
        assert len(paths) == written < DAYS


@pytest.mark.parametrize("name", NAMES)
def test_the_name_map_knows_every_spelling(demo: Demo, name: str) -> None:
    words = load_words()
    groups = words.groups
    teams = {team for group in groups.values() for team in group.teams}
    for state in demo.states[name].values():
        for feature in state.values():
            assert feature["status"] in STATUSES[name]
            assert feature["feature_group"] in groups
            assert feature["owner"] in teams


def test_the_name_map_has_work_and_no_chains(demo: Demo) -> None:
    rows = name_map(demo.folder)
    keys = [(row["domain"], fold(row["alias"])) for row in rows]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & {(row["domain"], fold(row["standard"])) for row in rows}
    for name, column in (("policy-team", "상태"), ("feature-team", "서비스군")):
        (path,) = [d.path for d in demo.deliveries if d.source == name and d.path.stem == str(END)]
        written = Counter(row[column] for row in read(path))
        aliased = sum(n for value, n in written.items() if value not in demo.names.values())
        assert 0.2 < aliased / written.total() < 0.7


def test_full_width_and_spaced_spellings_occur(demo: Demo) -> None:
    groups = {row["서비스군"] for row in read(demo.folder / "feature-team.csv")}
    assert any(unicodedata.normalize("NFKC", group) != group for group in groups)
    assert any(" " in group for group in groups)
    assert any(group.isascii() for group in groups)


def test_the_removal_guard_stays_quiet(demo: Demo, saturday: Demo) -> None:
    both = [*demo.states.values(), *saturday.states.values()]
    for step in (step for states in both for step in steps(states)):
        assert len(step.removed) < 10, step.day
        assert len(step.removed) + len(step.moved) < 0.2 * step.before


@pytest.mark.parametrize("name", NAMES)
def test_a_source_lives(demo: Demo, name: str) -> None:
    history = steps(demo.states[name])
    assert sum(len(step.created) for step in history) >= 20
    assert sum(len(step.removed) for step in history) >= 4
    assert sum(len(step.moved) for step in history) >= 3
    assert sum(step.fields["status"] for step in history) >= 40
    assert sum(step.fields["owner"] for step in history) >= 3


def test_something_comes_back(demo: Demo) -> None:
    back = 0
    for name in NAMES:
        gone: set[Identity] = set()
        for step in steps(demo.states[name]):
            back += len(step.created & gone)
            gone |= step.removed
    assert back >= 3


def test_some_deliveries_only_spell_differently(demo: Demo) -> None:
    """What the name map is for: the file changed, the features did not change as much."""
    respelled = 0
    for name in ("policy-team", "feature-team"):
        days = [d for d in demo.deliveries if d.source == name]
        for before, after in pairwise(days):
            a, b = ({json.dumps(row) for row in read(each.path)} for each in (before, after))
            step = compare(
                after.effective_at.date(),
                demo.states[name][before.effective_at.date()],
                demo.states[name][after.effective_at.date()],
            )
            real = len(step.created) + len(step.updated) + len(step.moved)
            respelled += len(b - a) > real
    assert respelled >= 10


@pytest.mark.parametrize("name", NAMES)
def test_weekends_are_quiet_and_so_are_some_weekdays(demo: Demo, name: str) -> None:
    days = [END - dt.timedelta(days=number) for number in range(DAYS - 1)]
    delivered = Counter(day.weekday() >= 5 for day in days if day in demo.states[name])
    weekends = sum(day.weekday() >= 5 for day in days)
    weekdays = len(days) - weekends
    assert delivered[True] / weekends < 0.6
    assert 0.7 < delivered[False] / weekdays < 1


def test_the_monitor_sees_two_incidents_and_recovers(demo: Demo) -> None:
    down = {
        day: Counter(key[0] for key, feature in state.items() if feature["status"] == "장애")
        for day, state in demo.states["status-monitor"].items()
    }
    days = list(down)
    incidents = [day for day in days if down[day].total() >= 20]
    assert len(incidents) == 2
    for day in incidents:
        ((_, most),) = down[day].most_common(1)
        assert most >= 20
        after = down[days[days.index(day) + 3]]
        assert after.total() < down[day].total() / 3
    assert all(count.total() < 15 for day, count in down.items() if day not in incidents)


def test_nothing_mapped_changes_at_every_probe(demo: Demo) -> None:
    for step in steps(demo.states["status-monitor"]):
        assert len(step.updated) < 0.1 * step.before
    source = demo.sources["status-monitor"]
    assert source["ignore"] == ["check.at"]
    assert "check.at" not in source["columns"].values()


def test_a_weekend_demo_ends_with_news(saturday: Demo) -> None:
    assert [list(saturday.states[name])[-1] for name in NAMES] == [SATURDAY] * 3


def test_features_have_sense(demo: Demo) -> None:
    for name in NAMES:
        for feature in list(demo.states[name].values())[-1].values():
            assert re.fullmatch(r"https://(wiki|status)\.example/\S+", feature["url"])
            assert re.fullmatch(r"[^{}]+[.]", feature["description"])
            assert feature["owner"].endswith("팀")
            assert feature["title"]
            since, until = feature.get("since", ""), feature.get("until", "")
            assert since <= until or not until
            assert since <= END.isoformat()


def test_particles_follow_the_last_syllable() -> None:
    assert particles("장바구니") == {"을": "를", "이": "가", "은": "는", "과": "와"}
    assert particles("쿠폰") == {"을": "을", "이": "이", "은": "은", "과": "과"}
    things = [thing for group in load_words().groups.values() for thing in group.things]
    assert all("가" <= thing[-1] <= "힣" for thing in things)
    assert len(set(things)) == len(things), "a thing in two groups would make two equal services"


def test_every_plot_names_events_and_statuses_that_exist() -> None:
    for source in SOURCES:
        plot = source.plot
        assert all(callable(getattr(Story, event)) for event in plot.events)
        assert plot.mix.keys() == plot.next.keys() == STATUSES[source.name]
        assert plot.settles.keys() <= plot.mix.keys()
        assert {s for after in plot.next.values() for s in after} <= plot.mix.keys()
