"""When each source is due, by its cron expression in Korean time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from cronsim import CronSim, CronSimError

from etl.declaration import Source
from fmw.errors import SettingsError

LONGEST_GAP = dt.timedelta(days=40)
"""How far back missed times are looked for."""


class Schedule:
    """When each source is due next, by its cron expression in Korean time."""

    def __init__(
        self,
        sources: dict[str, Source],
        now: dt.datetime,
        ordered: Mapping[str, dt.datetime] | None = None,
    ) -> None:
        """Count from when each source was ordered last, else from `now`: nothing is missed.

        Raises `SettingsError` for an expression that is none.
        """
        since = {
            name: min(max(moment.astimezone(now.tzinfo), now - LONGEST_GAP), now)
            for name, moment in (ordered or {}).items()
        }
        self._crons: dict[str, CronSim] = {}
        for name, source in sources.items():
            if source.schedule:
                try:
                    self._crons[name] = CronSim(source.schedule, since.get(name, now))
                except CronSimError as exc:
                    raise SettingsError(
                        f"source {name}: schedule {source.schedule!r}: {exc}",
                        hint='five fields, such as "*/10 * * * *"',
                    ) from exc
        self.next = {name: next(cron) for name, cron in self._crons.items()}

    def due(self, now: dt.datetime) -> list[str]:
        """Return the sources whose time has come; missed times count once."""
        names = [name for name, moment in self.next.items() if moment <= now]
        for name in names:
            while self.next[name] <= now:
                self.next[name] = next(self._crons[name])
        return names
