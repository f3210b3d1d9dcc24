"""Random deliveries of several sources, and what must hold after each of them.

`EXAMPLES=5000 pytest tests/db/test_random_deliveries.py` tries as many new ones.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path
from typing import Any, Literal, LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from etl.declaration import Source
from etl.runs import Order
from etl.sync import KOREA, refresh, sync_source
from fmw.errors import RunRefused
from fmw.settings import Settings
from tests.db.model import Feature, Model, Outcome, Refused, Row
from tests.db.recount import TRACKED, State, count_days, daily_counts, daily_deltas, redo, undo
from tests.db.steps import DELIVERIES, HAND, PRIORITIES, STEPS, Alias, Deliver, Hand
from tests.written import tuples_written

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))
COLUMNS = {
    "feature_group": "group",
    "feature_name": "name",
    "environment": "environment",
    "status": "status",
    "owner": "owner",
}
EMPTY = """
set local session_replication_role = replica; -- without its triggers the ledger lets itself go
delete from core.changes;
delete from core.features;
delete from core.daily_deltas;
delete from core.name_map;
delete from ops.runs;
delete from ops.run_issues;
delete from ops.sources;
select core.mark_unpublished();
"""


@hypothesis_settings(
    max_examples=EXAMPLES,
    derandomize="EXAMPLES" not in os.environ,
    deadline=None,
    # Each example begins with an emptied database, so the fixtures may serve all of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=DELIVERIES[24], then=st.lists(STEPS, min_size=3, max_size=7))
def test_random_deliveries_amount_to_what_the_model_says(
    etl: psycopg.Connection,
    admin: psycopg.Connection,
    settings: Settings,
    first: Deliver,
    then: list[Any],
) -> None:
    with admin.transaction():
        admin.execute(EMPTY)
    play = Play(etl, admin, settings.home)
    for step in [first, *then]:
        play.take(step)
        play.check_snapshot()
        play.check_days()
        if isinstance(step, Deliver) and step.again:
            play.check_repetition()
    play.check_ledger()


class Play:
    """The product and the model, side by side."""

    def __init__(self, etl: psycopg.Connection, admin: psycopg.Connection, home: Path) -> None:
        self._etl, self._admin, self._home = etl, admin, home
        self._model = Model(PRIORITIES)
        self._files: dict[str, list[Row]] = {name: [] for name in PRIORITIES}
        today = dt.datetime.combine(dt.datetime.now(KOREA), dt.time(), KOREA)
        self._clock = today - dt.timedelta(days=20)
        self._applied: tuple[str, list[Row], dt.datetime] | None = None
        self._ids: dict[int, int] = {}
        self._states: list[tuple[int, State]] = []
        self._published = (refresh(etl), 0)

    def take(self, step: Deliver | Alias | Hand) -> None:
        """Do the same to both."""
        self._applied = None
        if isinstance(step, Deliver):
            self._deliver(step)
        elif isinstance(step, Alias):
            self._set_alias(step)
        elif live := self._model.live():
            self._correct(live[step.place % len(live)], step.what)

    def check_snapshot(self) -> None:
        """Readers see the model's live features, in a new version only if there was a change."""
        version, events = self._published
        self._published = refresh(self._etl), len(self._model.events)
        assert self._published[0] == version + (self._published[1] > events)
        rows = self._rows("select * from api.features order by feature_id")
        live = {feature.identity: feature for feature in self._model.live()}
        for row in rows:
            feature = live.pop((row["feature_group"], row["feature_name"], row["environment"]))
            assert self._ids.setdefault(feature.number, row["feature_id"]) == row["feature_id"]
            assert {field: row[field] for field in TRACKED} == tracked(feature)
            dates = (feature.created_at, feature.changed_at)
            assert (row["created_at"], row["changed_at"]) == dates
        assert not live
        assert len(set(self._ids.values())) == len(self._ids)
        state = {row["feature_id"]: {field: row[field] for field in TRACKED} for row in rows}
        (last,) = self._rows("select coalesce(max(change_id), 0) as change_id from core.changes")
        self._states.append((last["change_id"], state))

    def check_days(self) -> None:
        """The days add up to a census at the end of each."""
        (snapshot,) = self._rows("select refreshed_on from ops.snapshot_state")
        days = count_days(self._model.events, snapshot["refreshed_on"])
        counts = self._rows(
            "select day, feature_group, status, created, updated, removed, total"
            " from api.daily_counts where (created, updated, removed, total) <> (0, 0, 0, 0)"
        )
        assert {tuple(row.values())[:3]: tuple(row.values())[3:] for row in counts} == daily_counts(
            days
        )
        deltas = self._rows(
            "select day, feature_group, status, environment, created, updated, removed, net"
            " from core.daily_deltas where (created, updated, removed, net) <> (0, 0, 0, 0)"
        )
        assert {
            (row["day"], tuple(row.values())[1:4]): tuple(row.values())[4:] for row in deltas
        } == daily_deltas(days)

    def check_repetition(self) -> None:
        """The delivery just applied, in other bytes and spellings: nothing is written."""
        if self._applied is None:
            return
        source, rows, at = self._applied
        tuples_written(self._admin)  # makes it report what it did
        version, written = refresh(self._etl), tuples_written(self._etl)
        outcome = self._sync(source, rows, at, accept=True, rewritten=True)
        assert outcome is not None
        assert {outcome.counts[name] for name in ("created", "updated", "removed")} == {0}
        assert refresh(self._etl) == version
        assert tuples_written(self._etl) == written

    def check_ledger(self) -> None:
        """Undone from the end it gives each step's state; done again from nothing, the end."""
        changes = self._rows("select * from core.changes order by change_id")
        at_the_end = self._states[-1][1]
        for last, state in self._states:
            assert undo(at_the_end, [c for c in changes if c["change_id"] > last]) == state
        created = {
            change["change_id"]: undo(at_the_end, changes[number + 1 :])[change["feature_id"]]
            for number, change in enumerate(changes)
            if change["op"] == "C"
        }
        assert undo(at_the_end, changes) == {}
        assert redo({}, changes, created) == at_the_end

    def _deliver(self, step: Deliver) -> None:
        def key(row: Row) -> tuple[str, ...]:
            return tuple(row[field] for field in step.replaces)

        replaced = {key(row) for row in step.rows if step.replaces}
        kept = [row for row in self._files[step.source] if key(row) not in replaced]
        self._files[step.source] = [*kept, *step.rows]
        kept = [row for row in kept if step.without not in (row.name, "*")]
        rows = [*kept, *step.rows]
        self._clock = min(self._clock + dt.timedelta(hours=step.hours), dt.datetime.now(dt.UTC))
        at = self._clock - dt.timedelta(hours=step.lag)
        outcome = self._sync(step.source, rows, at, accept=step.accept)
        if outcome and outcome.status == "succeeded" and not outcome.is_skipped:
            self._applied = (step.source, rows, at)

    def _sync(
        self,
        source: str,
        rows: list[Row],
        at: dt.datetime,
        *,
        accept: bool,
        rewritten: bool = False,
    ) -> Outcome | None:
        """Sync these rows; None if it must be, and is, refused."""
        file = self._home / f"{source}.csv"
        write(file, rows, rewritten=rewritten)
        declared = Source(
            name=source,
            kind="csv",
            path=str(file),
            columns=COLUMNS,
            priority=PRIORITIES[source],
        )
        order = Order(effective_at=at, accept_removals=accept)
        try:
            outcome = self._model.sync(source, rows, at, written=file.read_bytes(), accept=accept)
        except Refused:
            with pytest.raises(RunRefused):
                sync_source(self._etl, declared, order)
            return None
        run = sync_source(self._etl, declared, order)
        counts = {name: getattr(run, name) for name in outcome.counts}
        assert (run.status, counts) == (outcome.status, outcome.counts)
        accounted = ("created", "updated", "unchanged", "rejected")
        assert run.read == len(rows) == sum(counts[name] for name in accounted)
        issues = self._rows(
            "select code, count(*) as rows from ops.run_issues where run_id = %s group by code",
            run.run_id,
        )
        assert {row["code"]: row["rows"] for row in issues} == outcome.issues
        return outcome

    def _set_alias(self, step: Alias) -> None:
        if not step.standard:
            self._model.names.pop((step.domain, step.alias), None)
            self._admin.execute(
                "delete from core.name_map where domain = %s and alias_key = %s",
                [step.domain, step.alias],
            )
            return
        query = "select core.set_alias(%s, %s, %s)"
        arguments = [step.domain, step.alias, step.standard]
        if self._model.set_alias(*arguments):
            self._admin.execute(query, arguments)
        else:
            with pytest.raises(psycopg.errors.CheckViolation, match="chain"):
                self._admin.execute(query, arguments)

    def _correct(self, feature: Feature, what: str) -> None:
        identity = ("claims", *feature.identity[1:])
        if what == "regroup" and self._model.find(identity):
            return
        with self._admin.transaction():
            self._admin.execute(HAND[what], [self._ids[feature.number]])
            (now,) = self._rows("select now()")
        self._clock = now["now"]
        self._model.correct(feature, what, now["now"])

    def _rows(self, query: LiteralString, *arguments: object) -> list[dict[str, Any]]:
        with self._admin.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, arguments).fetchall()


def tracked(feature: Feature) -> dict[str, Any]:
    """Return a feature of the model as the ledger writes one."""
    group, name, environment = feature.identity
    status, owner, grade = feature.values
    return dict.fromkeys(TRACKED) | {
        "kind": "feature",
        "feature_group": group,
        "feature_name": name,
        "environment": environment,
        "status": status,
        "owner": owner,
        "attributes": {"grade": grade} if grade else {},
        "source": feature.source,
    }


def write(file: Path, rows: list[Row], *, rewritten: bool) -> None:
    """Write a delivery; rewritten, in other bytes and spellings of the same meaning."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        quoting: Literal[0, 1] = csv.QUOTE_ALL if rewritten else csv.QUOTE_MINIMAL
        writer = csv.writer(stream, quoting=quoting, lineterminator="\n")
        writer.writerow([*COLUMNS.values(), "grade"])
        for *names, grade in rows:
            writer.writerow([*(f" {n}\u200b" if rewritten and n else n for n in names), grade])
