"""Reads the demo's folder as the ETL would: by `sources.toml` and `name_map.csv` only."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fmw.demo.data import Delivery, deliveries, write_configuration

DOMAINS = ("feature_group", "environment", "status", "owner")

Feature = dict[str, str]
Identity = tuple[str, str, str]
State = dict[Identity, Feature]


class Demo(NamedTuple):
    """A generated folder, and every delivery's features after mapping and name map."""

    folder: Path
    deliveries: list[Delivery]
    sources: dict[str, dict[str, Any]]
    names: dict[tuple[str, str], str]
    states: dict[str, dict[dt.date, State]]


class Step(NamedTuple):
    """What one delivery changed."""

    day: dt.date
    before: int
    created: set[Identity]
    removed: set[Identity]
    moved: set[tuple[str, str]]
    updated: set[Identity]
    fields: Counter[str]


def generate(folder: Path, end: dt.date) -> Demo:
    write_configuration(folder)
    made = list(deliveries(folder, end))
    text = (folder / "sources.toml").read_text(encoding="utf-8")
    sources = {source["name"]: source for source in tomllib.loads(text)["source"]}
    names = {(r["domain"], fold(r["alias"])): r["standard"] for r in name_map(folder)}
    states: dict[str, dict[dt.date, State]] = {name: {} for name in sources}
    for delivery in made:
        rows = read(delivery.path)
        state = features(rows, sources[delivery.source], names)
        assert len(state) == len(rows), f"{delivery.path}: two rows have one identity"
        states[delivery.source][delivery.effective_at.date()] = state
    return Demo(folder, made, sources, names, states)


def name_map(folder: Path) -> list[Feature]:
    with (folder / "name_map.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(text.splitlines()))


def features(
    rows: list[dict[str, Any]], source: dict[str, Any], names: dict[tuple[str, str], str]
) -> State:
    paths = {ours: theirs.split(".") for ours, theirs in source["columns"].items()}
    state = {}
    for row in rows:
        mapped = {ours: dig(row, path) for ours, path in paths.items()} | source["constants"]
        for domain in DOMAINS:
            mapped[domain] = names.get((domain, fold(mapped[domain])), mapped[domain])
        key = mapped["feature_group"], mapped["feature_name"], mapped["environment"]
        state[key] = mapped
    return state


def dig(row: dict[str, Any], path: list[str]) -> str:
    value: Any = row
    for step in path:
        value = value[step]
    assert isinstance(value, str)
    return value


@cache
def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def steps(states: dict[dt.date, State]) -> list[Step]:
    days = list(states)
    return [compare(day, states[a], states[day]) for a, day in pairwise(days)]


def compare(day: dt.date, before: State, after: State) -> Step:
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    moved = {key[1:] for key in new} & {key[1:] for key in gone}
    updated = {key for key in after.keys() & before.keys() if after[key] != before[key]}
    changed = ((after[key], before[key]) for key in updated)
    return Step(
        day,
        len(before),
        {key for key in new if key[1:] not in moved},
        {key for key in gone if key[1:] not in moved},
        moved,
        updated,
        Counter(field for a, b in changed for field in a if a[field] != b[field]),
    )
