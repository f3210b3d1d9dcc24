"""The bodies the gateway writes: which one a request gets, and how rows become bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec

from gateway.errors import ApiError


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How rows leave Postgres (COPY options) and what is put around and between them."""

    name: str
    media_type: str
    copy: str
    """Options of COPY ... TO STDOUT."""
    join: Callable[[list[memoryview], bool], bytes]
    """Rows as COPY sends them, and whether they are the first, to bytes of the body."""
    renders_json: bool = False
    """Each row is one JSON text made by Postgres."""
    has_header: bool = False
    """The first line is not a row."""
    before: bytes = b""
    after: bytes = b""
    is_single: bool = False
    """Exactly one row, without brackets."""
    strips_nulls: bool = False
    """Keys without a value are left out."""
    is_file: bool = False
    """Made of the rows by a writer of `gateway.files`."""
    is_attachment: bool = True
    is_excel: bool = False
    """Texts that a spreadsheet would run as formulas are neutralised; instants are Korean time."""


def _join_lines(rows: list[memoryview], is_first: bool) -> bytes:
    return b"".join(rows)


def _join_windows_lines(rows: list[memoryview], is_first: bool) -> bytes:
    # a row ends with its last byte; line feeds inside quotes stay what they are
    return b"".join(part for row in rows for part in (row[:-1], b"\r\n"))


def _join_array(rows: list[memoryview], is_first: bool) -> bytes:
    # JSON escapes line feeds, so each one here ends a row
    lines = b"".join(rows)[:-1].replace(b"\n", b",\n")
    return lines if is_first or not lines else b",\n" + lines


KOREA = "Asia/Seoul"
"""Where who opens a spreadsheet is: it takes no offsets for dates."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

# A row of JSON never holds the bytes 1 and 2, so CSV with them as quote and delimiter writes it
# as it is; FORMAT text would double its backslashes.
_JSON_COPY = "format csv, quote e'\\x01', delimiter e'\\x02', encoding 'UTF8'"

CSV = Format(
    name="csv",
    media_type="text/csv; charset=utf-8",
    copy="format csv, header true, encoding 'UTF8'",
    join=_join_lines,
    has_header=True,
)
EXCEL = msgspec.structs.replace(
    CSV, join=_join_windows_lines, before=b"\xef\xbb\xbf", is_excel=True
)
JSON = Format(
    name="json",
    media_type="application/json; charset=utf-8",
    copy=_JSON_COPY,
    join=_join_array,
    renders_json=True,
    before=b"[",
    after=b"]",
    is_attachment=False,
)
NDJSON = Format(
    name="ndjson",
    media_type="application/x-ndjson; charset=utf-8",
    copy=_JSON_COPY,
    join=_join_lines,
    renders_json=True,
)
OBJECT = msgspec.structs.replace(
    JSON,
    media_type="application/vnd.pgrst.object+json; charset=utf-8",
    before=b"",
    after=b"",
    is_single=True,
)
XLSX = msgspec.structs.replace(
    CSV,
    name="xlsx",
    media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    is_file=True,
)
PARQUET = msgspec.structs.replace(
    CSV, name="parquet", media_type="application/vnd.apache.parquet", is_file=True
)
FORMATS = {form.name: form for form in (CSV, JSON, NDJSON, XLSX, PARQUET)}

_BY_MEDIA_TYPE = {
    "text/csv": CSV,
    "text/*": CSV,
    "application/json": JSON,
    "application/vnd.pgrst.array+json": JSON,
    "application/vnd.pgrst.object+json": OBJECT,
    "application/vnd.pgrst.object": OBJECT,
    "application/*": JSON,
    "application/x-ndjson": NDJSON,
    XLSX.media_type: XLSX,
    PARQUET.media_type: PARQUET,
}
_QUALITY = re.compile(r"^\s*q\s*=\s*([01](?:\.\d*)?)\s*$", re.IGNORECASE)


def negotiate(asked: str | None, headers: Mapping[str, str], default: str) -> Format:
    """Return the format of `?format=`, else of Accept, else `default` (a format's name).

    Clients of PostgREST say who they are and get JSON where they accept anything.
    Raises `ApiError` 406 PGRST107 when nothing that is accepted can be made.
    """
    if asked:
        return FORMATS[asked]
    client = headers.get("x-client-info", "")
    speaks_postgrest = client.startswith(("postgrest-", "supabase-"))
    speaks_postgrest = speaks_postgrest or bool(headers.get("accept-profile"))
    anything = JSON if speaks_postgrest else FORMATS[default]
    accept = headers.get("accept") or "*/*"
    for media_type, strips_nulls in _by_preference(accept):
        found = anything if media_type == "*/*" else _BY_MEDIA_TYPE.get(media_type)
        if found and not strips_nulls:
            return found
        if found and found.renders_json:
            stripped = f"{media_type};nulls=stripped; charset=utf-8"
            return msgspec.structs.replace(found, strips_nulls=True, media_type=stripped)
    raise ApiError(
        406,
        "PGRST107",
        f"None of these media types are available: {accept}",
        hint="text/csv, application/json and application/x-ndjson are",
    )


def _by_preference(accept: str) -> list[tuple[str, bool]]:
    """Return the accepted media types, and whether without nulls; the most wanted first."""
    ranked = []
    for part in accept.split(","):
        media_type, *parameters = part.split(";")
        strips_nulls = any("nulls=stripped" in parameter for parameter in parameters)
        quality = next((float(q[1]) for p in parameters if (q := _QUALITY.match(p))), 1.0)
        if quality > 0:
            ranked.append((-quality, (media_type.strip().lower(), strips_nulls)))
    return [wanted for _, wanted in sorted(ranked, key=lambda item: item[0])]


def name_of(content_type: str) -> str:
    """Return the name of the format of a body: csv, json ..., or the end of its media type."""
    media_type = content_type.partition(";")[0].strip()
    form = _BY_MEDIA_TYPE.get(media_type)
    return form.name if form else media_type.rpartition("/")[2]


def disposition(form: Format, resource: str) -> str:
    """Return Content-Disposition; names beyond ASCII go in filename* (RFC 6266)."""
    kind = "attachment" if form.is_attachment else "inline"
    name = f"{resource.removesuffix(f'.{form.name}')}.{form.name}"
    plain = re.sub(r'[^ -~]|["\\%/]', "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
