"""`sources.toml`: which sources there are, and how their columns map to ours."""

from __future__ import annotations

import codecs
import re
import tomllib
from pathlib import Path
from typing import Literal

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


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[[source]]` table."""

    name: str
    """Stable: it owns its rows. Lower-case letters, digits, - and _."""
    kind: Literal["csv", "json", "ndjson"]
    path: str
    """File, folder or glob; a relative one counts from the folder of sources.toml."""
    priority: int = 100
    schedule: str | None = None
    max_removed: float = 0.2
    min_rows: int = 0
    encoding: str | None = None
    """Only if detection gets it wrong."""
    delimiter: str | None = None
    records: str | None = None
    """JSON only: path of the list of records inside the document, such as "data.items"."""
    columns: dict[str, str] = {}
    """ours = theirs: a header (csv) or a path such as "service.name" or "tags[0]" (json)."""
    constants: dict[str, str] = {}
    ignore: list[str] = []
    """Their columns that are not even kept as attributes."""
    home: Path = Path()
    """Folder of sources.toml; never written there."""

    def files(self) -> list[Path]:
        """Return the files the source consists of now, sorted by name; [] if there are none."""
        path = self.home / self.path
        if path.is_dir():
            files = (p for p in path.iterdir() if p.is_file())
            return sorted(p for p in files if not p.name.startswith((".", "~", "Thumbs.db")))
        if any(sign in self.path for sign in "*?["):
            return sorted(p for p in self.home.glob(self.path) if p.is_file())
        return [path] if path.exists() else []


class _File(msgspec.Struct, forbid_unknown_fields=True):
    source: list[Source] = []


def load_sources(path: Path) -> dict[str, Source]:
    """Read the declarations by name; raise `SettingsError` naming the source and the remedy."""
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
        table["home"] = str(path.resolve().parent)
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
    if ATTRIBUTES in source.columns and source.kind == "csv":
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
