"""How the demo's sources live: what happens to their rows from day to day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random

import msgspec

from fmw.demo.catalogue import Entry, Row, entries, load_words, pick_hand
from fmw.demo.sources import Source

replace = msgspec.structs.replace

ASKED = "결제"
"""The group of which docs/howto/viewer-ko.md asks what changed this week."""


class Story:
    """The rows of one source, living one day after another."""

    def __init__(self, source: Source, start: dt.date, rng: Random) -> None:
        """Begin with the source's entries of the first day, and keep the others for later."""
        self.plot = source.plot
        self.rng = rng
        self.broken_days = {_early_in_week(start, days) for days in self.plot.incidents}
        self.entries: dict[str, Entry] = {}
        self.coming: list[Entry] = []
        self.gone: list[Entry] = []
        for group in entries(getattr(load_words(), source.phrases), source.make, rng):
            for entry in group[: source.size]:
                self._keep(tuple(self._with_past(row, start) for row in entry))
            self.coming += group[source.size :]
        rng.shuffle(self.coming)

    def live(self, day: dt.date, *, must: bool = False) -> None:
        """Let one day pass; `must`: even if it would have been a still one, and in `ASKED`, too."""
        weekend = day.weekday() >= 5
        still = self.rng.random() < self.plot.still[weekend]
        if still and not must and day not in self.broken_days:
            return
        self._settle(day)
        if day in self.broken_days:
            self._break_down(day)
        number = 1 if weekend and not must else self.rng.randint(2, 8)
        events, weights = list(self.plot.events), list(self.plot.events.values())
        for event in self.rng.choices(events, weights, k=number):
            getattr(self, event)(day)
        if must:
            asked = [e for e in self.entries.values() if e[0].feature_group == ASKED]
            self._turn(self.rng.choice(asked), day)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of today in their order of arrival."""
        for entry in self.entries.values():
            yield from entry

    # Events. Each happens to one entry.

    def shift(self, day: dt.date) -> None:
        """A row goes on to another status."""
        self._turn(self._any(), day)

    def arrive(self, day: dt.date) -> None:
        """A new entry appears, planned where the source knows plans."""
        if self.coming:
            status = self.plot.planned or self.plot.active
            self._keep(tuple(self._enter(row, status, day) for row in self.coming.pop()))

    def leave(self, day: dt.date) -> None:
        """An entry disappears from the source."""
        self.gone.append(self.entries.pop(self._any()[0].feature_name))

    def come_back(self, day: dt.date) -> None:
        """An entry that had disappeared is there again."""
        if self.gone:
            self._keep(self.gone.pop(self.rng.randrange(len(self.gone))))

    def move(self, day: dt.date) -> None:
        """An entry goes to another group, and to a team of it."""
        entry = self._any()
        group = self.rng.choice([g for g in load_words().groups if g != entry[0].feature_group])
        owner = self.rng.choice(load_words().groups[group].teams)
        self._keep(tuple(replace(row, feature_group=group, owner=owner) for row in entry))

    def edit(self, day: dt.date) -> None:
        """Somebody adds a sentence to a description; the next one replaces it."""
        entry = self._any()
        first = entry[0].description.split(". ")[0].removesuffix(".")
        text = f"{first}. {self.rng.choice(load_words().notes)}"
        self._keep(tuple(replace(row, description=text) for row in entry))

    def hand_over(self, day: dt.date) -> None:
        """An entry goes to the other team of its group."""
        entry = self._any()
        owner = self.rng.choice(
            [t for t in load_words().groups[entry[0].feature_group].teams if t != entry[0].owner]
        )
        self._keep(tuple(replace(row, owner=owner) for row in entry))

    def retype(self, day: dt.date) -> None:
        """Somebody else writes the same again in their own spelling."""
        hand = pick_hand(self.rng)
        self._keep(tuple(replace(row, hand=hand) for row in self._any()))

    # Parts

    def _turn(self, entry: Entry, day: dt.date) -> None:
        index = self.rng.randrange(len(entry))
        moved = self._enter(entry[index], self.rng.choice(self.plot.next[entry[index].status]), day)
        self._keep((*entry[:index], moved, *entry[index + 1 :]))

    def _settle(self, day: dt.date) -> None:
        for entry in list(self.entries.values()):
            settled = tuple(self._settled(row, day) for row in entry)
            if settled != entry:
                self._keep(settled)

    def _settled(self, row: Row, day: dt.date) -> Row:
        chance = self.plot.settles.get(row.status, 0)
        if not chance or self.rng.random() >= chance:
            return row
        return self._enter(row, self.plot.active, day)

    def _break_down(self, day: dt.date) -> None:
        group = self.rng.choice(list(load_words().groups))
        for row in [row for row in self.rows() if row.feature_group == group]:
            status = self.rng.choice(("장애", "장애", "주의", row.status))
            self._keep((self._enter(row, status, day),))

    def _with_past(self, row: Row, day: dt.date) -> Row:
        """Give a row of the first day a status, and the days on which it got there.

        What neither is planned nor has ended, such as an outage, began only yesterday.
        """
        status = self.rng.choices(list(self.plot.mix), list(self.plot.mix.values()))[0]
        recent, old = sorted(self.rng.sample(range(10, 900), 2))
        row = self._enter(row, self.plot.active, day - dt.timedelta(days=old))
        if status == self.plot.active:
            return row
        age = recent if status == self.plot.ended else 1
        return self._enter(row, status, day - dt.timedelta(days=age))

    def _enter(self, row: Row, status: str, day: dt.date) -> Row:
        if status == row.status:
            return row
        if status == self.plot.ended:
            return replace(row, status=status, until=day.isoformat())
        since = "" if status == self.plot.planned else day.isoformat()
        return replace(row, status=status, since=since, until="")

    def _any(self) -> Entry:
        return self.entries[self.rng.choice(list(self.entries))]

    def _keep(self, entry: Entry) -> None:
        self.entries[entry[0].feature_name] = entry


def _early_in_week(start: dt.date, days: int) -> dt.date:
    day = start + dt.timedelta(days=days)
    return day if day.weekday() < 3 else day + dt.timedelta(days=7 - day.weekday())
