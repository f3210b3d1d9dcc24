"""When each source is due, by its cron expression in Korean time."""

from __future__ import annotations

import datetime as dt

from cronsim import CronSim, CronSimError

from etl.declaration import Source
from fmw.errors import SettingsError


class Schedule:
    """When each source is due next, by its cron expression in Korean time."""

    def __init__(self, sources: dict[str, Source], now: dt.datetime) -> None:
        """Raise `SettingsError` for an expression that is none."""
        self._crons: dict[str, CronSim] = {}
        for name, source in sources.items():
            if source.schedule:
                try:
                    self._crons[name] = CronSim(source.schedule, now)
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
