"""The rules of core.sync once more, over dictionaries: what deliveries should amount to."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec

Identity: TypeAlias = tuple[str, str, str]
Values: TypeAlias = tuple[str, str | None, str | None]


class Row(NamedTuple):
    """A line of a delivery, as its team writes it."""

    group: str
    name: str
    environment: str
    status: str
    owner: str
    grade: str


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """A feature at one moment; `number` stays with it for life."""

    number: int
    source: str
    identity: Identity
    values: Values
    created_at: dt.datetime
    changed_at: dt.datetime
    is_live: bool = True


class Event(msgspec.Struct, frozen=True):
    """What became of one feature: `feature` is it afterwards; removed, it bears its last state."""

    at: dt.datetime
    op: str
    feature: Feature


class Source(msgspec.Struct):
    """What is remembered of a source."""

    priority: int
    effective_at: dt.datetime | None = None
    taken: object = None
    """Bytes and name map of the last success: the same again is left alone."""
    counts: dict[str, int] = {}


class Outcome(msgspec.Struct, frozen=True):
    """How a run ends: its status, its counts, the codes of its issues."""

    status: str
    counts: dict[str, int]
    issues: dict[str, int] = {}
    is_skipped: bool = False


class Refused(Exception):
    """The delivery is dated before something it would change."""


class Plan(msgspec.Struct):
    """What a delivery would do."""

    issues: Counter[str]
    new: dict[Identity, Values] = {}
    returning: dict[Identity, Values] = {}
    updated: dict[int, Values] = {}
    moved: dict[int, tuple[Identity, Values]] = {}
    removed: list[Feature] = []
    overtaken: list[Feature] = []


class Model:
    """All features, live and removed; the name map; and every event so far."""

    def __init__(self, priorities: dict[str, int]) -> None:
        self.sources = {name: Source(priority) for name, priority in priorities.items()}
        self.features: dict[int, Feature] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.events: list[Event] = []
        self._count = 0

    def live(self) -> list[Feature]:
        """Return the live features by identity."""
        return sorted((f for f in self.features.values() if f.is_live), key=lambda f: f.identity)

    def find(self, identity: Identity) -> Feature | None:
        """Return the feature of an identity, live or removed."""
        return next((f for f in self.features.values() if f.identity == identity), None)

    def set_alias(self, domain: str, alias: str, standard: str) -> bool:
        """Add an alias; False if that would make a chain."""
        for (other_domain, other_alias), other in self.names.items():
            makes_chain = standard.lower() == other_alias or alias.lower() == other.lower()
            if other_domain == domain and other != standard and makes_chain:
                return False
        self.names[domain, alias.lower()] = standard
        return True

    def standard(self, domain: str, value: str) -> str | None:
        """Return the standard name of a value: an alias's, a standard name's spelling, itself."""
        key = value.strip().lower()
        if (domain, key) in self.names:
            return self.names[domain, key]
        standards = (s for (d, _), s in self.names.items() if d == domain and s.lower() == key)
        return min(standards, default=value.strip()) or None

    def sync(
        self, source: str, rows: Sequence[Row], at: dt.datetime, *, written: bytes, accept: bool
    ) -> Outcome:
        """Take a delivery, or raise `Refused` and change nothing."""
        known = self.sources[source]
        if known.effective_at and at < known.effective_at:
            raise Refused
        taken = (written, dict(self.names))
        if known.taken == taken:
            known.effective_at = at
            unchanged = known.counts["read"] - known.counts["rejected"]
            nothing = dict.fromkeys(("created", "updated", "removed", "moved"), 0)
            counts = known.counts | nothing | {"unchanged": unchanged}
            return Outcome("succeeded", counts, is_skipped=True)
        plan = self._plan(source, rows)
        counts = count(plan, len(rows))
        if self._objects(source, counts) and not accept:
            return Outcome("held", counts, dict(+plan.issues))
        changing = [*plan.removed, *(self.features[n] for n in [*plan.updated, *plan.moved])]
        changing += filter(None, map(self.find, plan.returning))
        if any(feature.changed_at > at for feature in changing):
            raise Refused
        self._apply(source, plan, at)
        known.effective_at, known.counts = at, counts
        # What another source owns today may be free tomorrow.
        known.taken = None if plan.issues["owned_by_other_source"] else taken
        return Outcome("succeeded", counts, dict(+plan.issues))

    def correct(self, feature: Feature, what: str, at: dt.datetime) -> None:
        """Change a live feature by hand: correct (its status), regroup, remove or delete it."""
        changes: dict[str, dict[str, Any]] = {
            "correct": {"values": ("보류", *feature.values[1:])},
            "regroup": {"identity": ("claims", *feature.identity[1:])},
        }
        change = changes.get(what, {"is_live": False})
        after = msgspec.structs.replace(feature, changed_at=at, **change)
        if all(getattr(feature, name) == value for name, value in change.items()):
            return
        self._write("U" if after.is_live else "D", after)
        if what == "delete":
            del self.features[feature.number]

    def _plan(self, source: str, rows: Iterable[Row]) -> Plan:
        plan = Plan(issues=Counter())
        delivered: dict[Identity, Values] = {}
        for row in rows:
            group, name = self.standard("feature_group", row.group), row.name.strip()
            if not group or not name:
                plan.issues["missing_name" if group else "missing_group"] += 1
                continue
            identity = (group, name, self.standard("environment", row.environment) or "all")
            plan.issues["duplicate"] += identity in delivered
            delivered[identity] = (
                self.standard("status", row.status) or "unknown",
                self.standard("owner", row.owner),
                row.grade or None,
            )
        for identity, values in delivered.items():
            self._place(plan, source, identity, values)
        plan.removed = [
            f for f in self.live() if f.source == source and f.identity not in delivered
        ]
        _match_moves(plan)
        return plan

    def _place(self, plan: Plan, source: str, identity: Identity, values: Values) -> None:
        known = self.find(identity)
        if known is None:
            plan.new[identity] = values
        elif not known.is_live:
            plan.returning[identity] = values
        elif known.source == source:
            if known.values != values:
                plan.updated[known.number] = values
        elif self.sources[source].priority > self.sources[known.source].priority:
            plan.updated[known.number] = values
            plan.overtaken.append(known)
        else:
            plan.issues["owned_by_other_source"] += 1

    def _objects(self, source: str, counts: dict[str, int]) -> bool:
        live = sum(f.source == source for f in self.live())
        is_empty = counts["read"] == counts["rejected"] and live > 0
        return is_empty or (counts["removed"] >= 10 and counts["removed"] > 0.2 * live)

    def _apply(self, source: str, plan: Plan, at: dt.datetime) -> None:
        for feature in plan.removed:
            self._write("D", msgspec.structs.replace(feature, is_live=False, changed_at=at))
        for feature in plan.overtaken:
            self.sources[feature.source].taken = None  # or its row would not come back
        changed = {n: (self.features[n].identity, values) for n, values in plan.updated.items()}
        for number, (identity, values) in (changed | plan.moved).items():
            feature = self.features[number]
            new = {"identity": identity, "values": values, "source": source, "changed_at": at}
            self._write("U", msgspec.structs.replace(feature, **new))
        for identity, values in (plan.new | plan.returning).items():
            number, created_at = self._count, at
            if known := self.find(identity):
                number, created_at = known.number, known.created_at
            else:
                self._count += 1
            self._write(
                "C",
                Feature(
                    number=number,
                    source=source,
                    identity=identity,
                    values=values,
                    created_at=created_at,
                    changed_at=at,
                ),
            )

    def _write(self, op: str, feature: Feature) -> None:
        self.features[feature.number] = feature
        self.events.append(Event(feature.changed_at, op, feature))


def count(plan: Plan, read: int) -> dict[str, int]:
    """Return the counts of a run of `read` rows."""
    created, updated = len(plan.new) + len(plan.returning), len(plan.updated) + len(plan.moved)
    rejected = plan.issues.total()
    return {
        "read": read,
        "rejected": rejected,
        "created": created,
        "updated": updated,
        "removed": len(plan.removed),
        "moved": len(plan.moved),
        "unchanged": read - rejected - created - updated,
    }


def _match_moves(plan: Plan) -> None:
    """One gone and one new of the same name and environment are one that moved."""
    gone = defaultdict[tuple[str, ...], list[Feature]](list)
    come = Counter(identity[1:] for identity in plan.new)
    for feature in plan.removed:
        gone[feature.identity[1:]].append(feature)
    for identity in list(plan.new):
        if come[identity[1:]] == 1 and len(gone[identity[1:]]) == 1:
            (feature,) = gone[identity[1:]]
            plan.moved[feature.number] = (identity, plan.new.pop(identity))
            plan.removed.remove(feature)
