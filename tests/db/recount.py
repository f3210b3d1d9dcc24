"""Days counted from events, and states from the ledger: what FMW keeps, found another way."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from etl.sync import KOREA
from tests.db.model import Event, Feature

Cell: TypeAlias = tuple[str, str, str]
"""Group, status, environment."""
Days: TypeAlias = dict[tuple[dt.date, Cell], list[int]]
"""Created, updated, removed, and the total at the end of the day."""
State: TypeAlias = dict[int, dict[str, Any]]
"""The live features by feature_id, as the ledger writes them."""

TRACKED = (
    *("kind", "feature_group", "feature_name", "environment", "status", "owner", "since", "until"),
    *("default_value", "title", "description", "url", "attributes", "source"),
)


def count_days(events: Iterable[Event], until: dt.date) -> Days:
    """Take a census at the end of each Korean day up to `until`."""
    by_day = defaultdict[dt.date, list[Event]](list)
    for event in events:
        by_day[event.at.astimezone(KOREA).date()].append(event)
    days: Days = defaultdict(lambda: [0, 0, 0, 0])
    population: dict[int, Feature] = {}
    day = min(by_day, default=until)
    while day <= until:
        for event in by_day[day]:
            days[day, _cell(event.feature)]["CUD".index(event.op)] += 1
            population[event.feature.number] = event.feature
        for feature in population.values():
            days[day, _cell(feature)][3] += feature.is_live
        day += dt.timedelta(days=1)
    return days


def daily_counts(days: Days) -> dict[tuple[dt.date, str, str], tuple[int, ...]]:
    """Sum over the environments: what api.daily_counts should hold, without rows of zeros."""
    sums = defaultdict[tuple[dt.date, str, str], Counter[int]](Counter)
    for (day, (group, status, _)), values in days.items():
        sums[day, group, status].update(dict(enumerate(values)))
    return {key: tuple(value[n] for n in range(4)) for key, value in sums.items() if value.total()}


def daily_deltas(days: Days) -> dict[tuple[dt.date, Cell], tuple[int, ...]]:
    """Compare each day's census with the day before: what core.daily_deltas should hold."""
    deltas = {}
    last = max((day for day, _ in days), default=dt.date.min)
    for day, cell in {(d + dt.timedelta(days=n), c) for d, c in days for n in (0, 1)}:
        if day > last:
            continue
        created, updated, removed, total = days.get((day, cell), [0, 0, 0, 0])
        net = total - days.get((day - dt.timedelta(days=1), cell), [0, 0, 0, 0])[3]
        deltas[day, cell] = (created, updated, removed, net)
    return {key: values for key, values in deltas.items() if any(values)}


def undo(state: State, changes: Sequence[Mapping[str, Any]]) -> State:
    """Return what was live before `changes`; each must fit what came of it."""
    state = {feature_id: dict(row) for feature_id, row in state.items()}
    for change in reversed(changes):
        feature_id = change["feature_id"]
        if change["op"] == "C":
            del state[feature_id]
        elif change["op"] == "D":
            assert feature_id not in state
            state[feature_id] = {field: change["before"][field] for field in TRACKED}
        else:
            assert change["after"] == {field: state[feature_id][field] for field in change["after"]}
            state[feature_id] |= change["before"]
    return state


def redo(state: State, changes: Sequence[Mapping[str, Any]], created: State) -> State:
    """Return what is live after `changes`; `created` holds what each C, by change_id, made."""
    state = {feature_id: dict(row) for feature_id, row in state.items()}
    for change in changes:
        feature_id, before = change["feature_id"], change["before"]
        if change["op"] == "C":
            assert feature_id not in state
            state[feature_id] = dict(created[change["change_id"]])
        elif change["op"] == "D":
            assert state.pop(feature_id) == {field: before[field] for field in TRACKED}
        else:
            fields = change["changed_fields"]
            assert sorted(before) == sorted(change["after"]) == fields
            assert before == {field: state[feature_id][field] for field in fields}
            assert all(before[field] != change["after"][field] for field in fields)
            state[feature_id] |= change["after"]
    return state


def _cell(feature: Feature) -> Cell:
    group, _, environment = feature.identity
    return group, feature.values[0], environment
