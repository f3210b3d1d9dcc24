"""From a source's declaration and a delivery's headers to the mapping that core.sync reads."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Any

from etl.declaration import Source
from fmw.errors import SourceError

MAX_IDENTIFIER = 63  # bytes; Postgres cuts longer names
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def header_key(header: str) -> str:
    """Return the form in which headers are compared: NFKC, case folded, without white space."""
    return "".join(unicodedata.normalize("NFKC", header).casefold().replace("\u200b", "").split())


RESERVED = ("_row", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")


def staging_columns(headers: list[str], known: dict[str, str]) -> list[str]:
    """Return a Postgres column name for each header: itself where it fits, always unique.

    `known` holds the names of the delivery's files so far by `header_key`, and gets the new ones:
    one header, however it is written in each file, is one column.
    """
    for position, header in enumerate(headers, 1):
        key = header_key(header) or f"column {position}"
        name = header.strip() or key
        if len(name.encode()) > MAX_IDENTIFIER or name in {*known.values(), *RESERVED}:
            cut = name.encode()[: MAX_IDENTIFIER - 6].decode(errors="ignore")
            name = f"{cut} ({len(known) + 1})"
        known.setdefault(key, name)
    return [known[header_key(h) or f"column {n}"] for n, h in enumerate(headers, 1)]


def map_columns(source: Source, headers: list[str], names: list[str], place: str) -> dict[str, Any]:
    """Return the mapping of a tabular delivery; raise `SourceError` if a mapped header is missing.

    `headers` are the delivery's, in order, `names` their staging columns; `place` is for errors.
    """
    known = {header_key(header): name for header, name in zip(headers, names, strict=True)}
    if len(set(names)) < len(headers):
        twice = next(header for n, header in enumerate(headers) if names[n] in names[:n])
        raise SourceError(
            f"{place}: the header {twice!r} is there twice", hint="rename one of the columns"
        )
    columns: dict[str, str] = {}
    for ours, theirs in source.columns.items():
        if header_key(theirs) not in known:
            near = difflib.get_close_matches(theirs, headers, n=1, cutoff=0.5)
            raise SourceError(
                f"{place}: there is no column {theirs!r} (mapped to {ours})",
                hint=f"did you mean {near[0]!r}?"
                if near
                else f"its columns are: {', '.join(headers)}",
            )
        columns[ours] = known[header_key(theirs)]
    used = {header_key(theirs) for theirs in [*source.columns.values(), *source.ignore]}
    attributes = {
        header.strip(): known[header_key(header)]
        for header in headers
        if header.strip() and header_key(header) not in used
    }
    return {
        "json": columns.pop("attributes", None),
        "columns": columns,
        "constants": source.constants,
        "attributes": attributes,
        "dates": source.dates,
    }


def map_documents(source: Source) -> dict[str, Any]:
    """Return the mapping of a delivery of JSON documents."""
    return {
        "paths": {ours: parse_path(theirs) for ours, theirs in source.columns.items()},
        "constants": source.constants,
        "ignored": [parse_path(theirs) for theirs in source.ignore],
        "dates": source.dates,
    }


def parse_path(path: str) -> list[str]:
    """Return the steps of "a.b[0]": ["a", "b", "0"]."""
    return [name or index for name, index in _STEP.findall(path)]
