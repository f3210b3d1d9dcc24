"""`sources.toml`: which sources there are, and how their columns map to ours."""

from __future__ import annotations

import codecs
import re
import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from fmw.errors import SettingsError
from fmw.settings import decode_path

ATTRIBUTES = "attributes"
"""A csv column that holds a JSON object may be mapped to this, as the base of our attributes."""

FIELDS = (
    "kind",
    "feature_group",
    "feature_name",
    "environment",
    "status",
    "owner",
    "since",
    "until",
    "default_value",
    "title",
    "description",
    "url",
    "source_ref",
)
"""Our columns a source may map; the same list as core.mapped_fields(), which a test compares."""


NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


IDENTITY = ("kind", "feature_group", "feature_name", "environment")
"""Our columns that together name a feature."""

DATES = ("since", "until")
"""Our columns that a source may declare to be dates."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[source]]` table."""

    name: str
    """Stable: it owns its rows. Lower-case letters, digits, - and _."""
    kind: Literal["csv", "xlsx", "json", "ndjson", "yaml", "http", "sql"]
    path: str = ""
    """File, folder, glob or zip; a relative one counts from the folder of sources.toml."""
    url: str = ""
    """http: the first page."""
    format: Literal["json", "ndjson", "csv", "xlsx", "yaml"] = "json"
    """http: what the pages are."""
    auth_env: str | None = None
    """http: the variable that holds the value of the header `auth_header`."""
    auth_header: str = "Authorization"
    cursor: str | None = None
    """http: path of the next page's address or cursor in the document, such as "meta.next"."""
    cursor_param: str = "cursor"
    """http: the parameter that takes a cursor which is no address."""
    page_param: str | None = None
    """http: the parameter that takes a page number; pages are asked for until one is empty."""
    dsn_env: str | None = None
    """sql: the variable that holds the database's address, a libpq or an SQLAlchemy URL."""
    query: str = ""
    """sql: the SELECT."""
    timeout: float = 30.0
    """http, sql: seconds without an answer after which it is given up."""
    max_seconds: float = 600.0
    """http, sql: seconds a whole delivery may take."""
    max_megabytes: int = 2048
    """http, sql, zip: how much a delivery may hold, unpacked."""
    sheet: str | None = None
    """xlsx: the sheet; without it the first visible one."""
    dates: list[str] = []
    """Which of our columns since and until hold dates, to become ISO 8601."""
    priority: int = 100
    schedule: str | None = None
    max_removed: float = 0.2
    min_rows: int = 0
    encoding: str | None = None
    """csv: only if detection gets it wrong."""
    delimiter: str | None = None
    records: str | None = None
    """json, yaml: path of the list of records inside the document, such as "data.items"."""
    columns: dict[str, str] = {}
    """ours = theirs: a header (csv, xlsx, sql) or a path such as "service.name" or "tags[0]"."""
    constants: dict[str, str] = {}
    ignore: list[str] = []
    """Their columns that are not even kept as attributes."""
    home: Path = Path()
    """Folder of sources.toml; never written there."""
    spool: Path = Path("var/spool")
    """Where what comes over the network or out of archives is put; never written there."""

    @property
    def notation(self) -> str:
        """What its files are: csv, xlsx, json, ndjson or yaml."""
        return {"http": str(self.format), "sql": "csv"}.get(self.kind, self.kind)

    @property
    def place(self) -> str:
        """Where it is, in words that give no secret away."""
        if not self.url:
            return self.path or f"the query by {self.dsn_env}"
        address = urlsplit(self.url)
        return address._replace(netloc=address.netloc.rpartition("@")[2], query="").geturl()


NEEDED = {"http": ["url"], "sql": ["dsn_env", "query"]}
"""The fields a kind cannot do without; the others need a path."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: list[Source] = []


def load_sources(path: Path, spool: Path = Path("var/spool")) -> dict[str, Source]:
    """Read the declarations by name; raise `SettingsError` naming the source and the remedy.

    `spool` is the folder for what is fetched.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise SettingsError(
            f"{path} does not exist", hint="declare your sources there: docs/howto/add-a-source.md"
        ) from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path} is not valid TOML: {exc}", hint="correct that line") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path} is not UTF-8: {exc}", hint="save it as UTF-8") from exc
    if not isinstance(values.get("source", []), list):
        raise SettingsError(f"{path}: [source] is one table", hint="write [[source]]")
    for table in values.get("source", []):
        table |= {"home": str(path.resolve().parent), "spool": str(spool.resolve())}
    try:
        sources = msgspec.convert(values, _File, dec_hook=decode_path).source
    except msgspec.ValidationError as exc:
        raise SettingsError(f"{path}: {exc}", hint="see docs/reference/sources.md") from exc
    for source in sources:
        _check_values(source, path)
        _check_mapping(source, path)
    if len({source.name for source in sources}) < len(sources):
        raise SettingsError(f"{path}: two sources have one name", hint="a name owns its rows")
    return {source.name: source for source in sources}


def _check_mapping(source: Source, path: Path) -> None:
    mapped = [*source.columns, *source.constants]
    if ATTRIBUTES in source.columns and source.notation == "csv":
        mapped.remove(ATTRIBUTES)
    for field in mapped:
        if field not in FIELDS:
            raise SettingsError(
                f"{path}: source {source.name} maps {field!r}, which is none of our columns",
                hint=f"ours are: {', '.join(FIELDS)}",
            )
    if len(set(mapped)) < len(mapped):
        raise SettingsError(
            f"{path}: source {source.name} maps a column and gives it as a constant"
        )
    for field in ("feature_group", "feature_name"):
        if field not in mapped:
            raise SettingsError(
                f"{path}: source {source.name} does not say what its {field} is",
                hint=f"add {field} to its columns or constants",
            )


def _check_values(source: Source, path: Path) -> None:
    for field in NEEDED.get(source.kind, ["path"]):
        if not getattr(source, field):
            raise SettingsError(
                f"{path}: source {source.name} is of kind {source.kind} and has no {field}",
                hint="see docs/reference/sources.md",
            )
    for field in source.dates:
        if field not in DATES or field not in source.columns:
            raise SettingsError(
                f"{path}: source {source.name}: {field!r} in dates is no mapped date column",
                hint=f"of our columns {' and '.join(DATES)} can be dates",
            )
    if not NAME.fullmatch(source.name):
        raise SettingsError(
            f"{path}: {source.name!r} cannot name a source",
            hint="lower-case letters, digits, - and _, such as policy-team",
        )
    if not 0 <= source.max_removed <= 1:
        raise SettingsError(
            f"{path}: source {source.name}: max_removed = {source.max_removed} is no share",
            hint="0.2 is a fifth",
        )
    if source.delimiter is not None and len(source.delimiter) != 1:
        raise SettingsError(f"{path}: source {source.name}: a delimiter is one character")
    if source.encoding is not None and not _is_encoding(source.encoding):
        raise SettingsError(
            f"{path}: source {source.name}: there is no encoding {source.encoding!r}",
            hint="utf-8, cp949, utf-16",
        )


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
