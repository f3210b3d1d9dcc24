"""The errors FMW raises on purpose: each names the thing, the place and the remedy."""

from __future__ import annotations


class FmwError(Exception):
    """FMW could not do what was asked."""

    exit_code = 1

    def __init__(self, message: str = "", *, hint: str = "") -> None:
        """Say what went wrong (default: the class docstring) and, as `hint`, what to do."""
        self.message = message or (type(self).__doc__ or "")
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.hint}" if self.hint else self.message


class SettingsError(FmwError):
    """A setting is unknown or has a value that cannot be used."""

    exit_code = 2


class SourceError(FmwError):
    """A source cannot be read as it is declared; nothing was changed."""


class SourceAway(SourceError):
    """A source does not answer now, and may do so in a while; nothing was changed."""


class RunRefused(FmwError):
    """The run was not started: its date, its source or another run forbids it."""


class RunHeld(FmwError):
    """The run would remove too much and waits for an admin's word; nothing was changed."""

    exit_code = 3


class DatabaseUnavailable(FmwError):
    """The database does not answer."""

    exit_code = 4


class MigrationError(FmwError):
    """The database could not be brought to this release's schema."""
