"""All settings in one typed place: `fmw.toml`, overridden by `FMW_*` variables."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from fmw.errors import SettingsError

CONFIG_VARIABLE = "FMW_CONFIG"
PREFIX = "FMW_"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an installation can decide; relative paths count from the configuration's folder."""

    home: Path = Path()
    """Folder of `fmw.toml`, or the current folder; never set by hand."""
    database_url: str = ""
    """libpq URL or conninfo; empty = the embedded Postgres under `var`. Without a user name each
    service connects as its own role; with one it switches to that role."""
    var: Path = Path("var")
    """Where FMW keeps what it makes: the embedded database, logs, snapshots."""
    sources: Path = Path("sources.toml")
    """The file that declares the sources."""
    gateway_port: int = 8000
    """Loopback port of the REST gateway."""
    gateway_schema: str = "api"
    """Schema whose views `/api/v1` exposes."""
    gateway_search_path: str = ""
    """Further schemas, joined by commas, whose operators `/api/v1` finds: those of extensions."""
    gateway_role: str = "fmw_reader"
    """Role under which `/api/v1` reads."""
    gateway_format: str = "csv"
    """Format of `/api/v1` when a client accepts anything: csv or json."""
    gateway_max_rows: int = 0
    """Most rows in one answer; 0 = no limit. A cut answer says so (206 and X-Truncated)."""
    gateway_cache: float = 64.0
    """Megabytes of short answers kept in memory as long as the snapshot is the same; 0 = none."""
    gateway_accel: str = ""
    """Where nginx serves `var/snapshots` internally, such as `/snapshots/`: it then sends whole
    tables (X-Accel-Redirect). Empty = the gateway sends them."""
    gateway_pool: int = 8
    """Database connections of the gateway."""
    gateway_statement_timeout: float = 30.0
    """Seconds a query may take before it is cancelled (504)."""
    gateway_pool_timeout: float = 5.0
    """Seconds a request waits for a connection before 503 with Retry-After."""
    gateway_request_log: bool = True
    """Write every request to ops.request_log; false where that table is not."""
    request_log_keep: int = 90
    """Days after which the worker deletes rows of ops.request_log; 0 = never."""
    viewer_port: int = 8501
    """Loopback port of the viewer."""
    viewer_api: str = "/api/v1"
    """Where a browser finds the gateway, as seen from the viewer's pages. Behind nginx: /api/v1."""
    worker_poll: float = 1.0
    """Seconds after which an idle worker looks at the queue again even if nobody called."""
    snapshot_keep: int = 3
    """Versions of the snapshot files to keep under `var/snapshots`; 0 = write none."""
    alert_webhook: str = ""
    """Address that gets a JSON message when something is wrong; empty = none."""
    alert_webhook_format: str = "teams"
    """What it understands: teams (an adaptive card, for Workflows) or slack (a text)."""
    alert_mail_to: str = ""
    """Addresses that get a mail when something is wrong, with commas between; empty = none."""
    alert_mail_from: str = "fmw@localhost"
    """Sender of these mails."""
    alert_smtp_host: str = "localhost"
    """The mail server."""
    alert_smtp_port: int = 25
    """Its port: 25, 587 (starttls) or 465 (tls)."""
    alert_smtp_security: str = "none"
    """none, starttls or tls."""
    alert_smtp_user: str = ""
    """Name to log in with; empty = without."""
    alert_smtp_password: str = ""
    """Its password; give it as a variable, not in the file."""
    alert_pause: float = 300.0
    """Seconds between two messages on one way; what happens meanwhile comes in the next one."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    @property
    def spool(self) -> Path:
        """Folder for what is fetched from services and unpacked from archives."""
        return self.path(self.var) / "spool"

    def path(self, relative: Path) -> Path:
        """Return `relative` as an absolute path, counted from `home`."""
        return (self.home / relative).resolve()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file, then the environment; raise `SettingsError` on anything unknown."""
    environ = os.environ if environ is None else environ
    path = Path(environ.get(CONFIG_VARIABLE, "fmw.toml"))
    values = _read_file(path, required=CONFIG_VARIABLE in environ)
    for name, value in environ.items():
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE:
            values[_known(name.removeprefix(PREFIX).lower(), f"variable {name}")] = value
    values["home"] = str(path.resolve().parent)
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=decode_path)
    except msgspec.ValidationError as exc:
        raise SettingsError(f"{path}: {exc}", hint="see docs/reference/settings.md") from exc


def decode_path(wanted: type, value: Any) -> Any:
    """Let msgspec read a path: its hook for types it does not know."""
    if wanted is Path:
        return Path(value)
    raise NotImplementedError(wanted)


def _read_file(path: Path, *, required: bool) -> dict[str, object]:
    if not path.exists():
        if required:
            raise SettingsError(f"{path} does not exist", hint=f"correct {CONFIG_VARIABLE}")
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path} is not valid TOML: {exc}", hint="correct that line") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path} is not UTF-8: {exc}", hint="save it as UTF-8") from exc
    return {_known(name, f"{path}: setting {name}"): value for name, value in values.items()}


def _known(name: str, place: str) -> str:
    fields = [field for field in Settings.__struct_fields__ if field != "home"]
    if name in fields:
        return name
    near = difflib.get_close_matches(name, fields, n=1)
    hint = f"did you mean {near[0]}?" if near else "see docs/reference/settings.md"
    raise SettingsError(f"{place} is not a setting", hint=hint)
