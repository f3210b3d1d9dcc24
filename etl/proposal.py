"""A first declaration of a source, guessed from the headers of one of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from etl.declaration import NAME, Source, load_sources
from etl.delivery import SUFFIXES
from etl.mapping import header_key
from etl.reading import File
from etl.sources import NOTATIONS
from etl.sources.csv_file import CsvTable
from etl.sources.grids import open_grid
from etl.sources.spreadsheet import SEARCHED, fill_merged, find_header, text
from fmw.errors import SettingsError, SourceError

SYNONYMS: dict[str, tuple[str, ...]] = {
    "feature_name": (
        *("기능 ID", "기능 코드", "기능", "기능명", "이름", "명칭", "항목", "정책 ID", "정책"),
        *("feature", "feature_name", "feature id", "name", "flag", "key", "id"),
    ),
    "title": ("제목", "기능명", "정책명", "표시명", "요약", "title", "label", "display_name"),
    "feature_group": (
        *("그룹", "기능 그룹", "서비스", "분류", "카테고리", "영역", "모듈", "구분", "시스템"),
        *("feature_group", "group", "service", "category", "component", "module", "area"),
    ),
    "kind": ("종류", "유형", "kind", "type"),
    "environment": ("환경", "운영 환경", "environment", "env", "stage", "region"),
    "status": ("상태", "운영 상태", "사용 여부", "단계", "진행 상태", "status", "state", "enabled"),
    "owner": (
        *("담당", "담당자", "담당 부서", "담당팀", "부서", "책임자", "소유자"),
        *("owner", "team", "assignee", "maintainer", "contact"),
    ),
    "since": (
        *("시작일", "기준일", "도입", "도입일", "적용일", "적용 시작일", "오픈일", "등록일"),
        *("since", "from", "start_date", "introduced", "milestone", "version_added"),
    ),
    "until": (
        *("종료일", "만료일", "적용 종료일", "폐기일", "until", "to", "end_date", "expires"),
        *("expiry", "version_removed"),
    ),
    "default_value": ("기본값", "설정값", "값", "default", "default_value", "value"),
    "description": ("설명", "내용", "비고", "상세", "description", "desc", "notes", "summary"),
    "url": ("링크", "주소", "문서", "url", "link", "homepage", "href"),
    "source_ref": ("관리번호", "번호", "일련번호", "ref", "source_ref", "no", "uuid"),
}
"""Headers by which people call our columns, the likeliest first."""
DATED = re.compile(r"일$|일자|date|날짜", re.IGNORECASE)
RECORDS = 100
"""Records that are looked at for their keys."""


def propose(path: Path, name: str = "", home: Path | None = None) -> str:
    """Return a `[[source]]` table, TOML, for a file; the name is made of the file's without one.

    A file below `home`, the folder of sources.toml, is named from there. Raises
    `SourceError` if the file is of no known kind or has no header.
    """
    suffix = (
        path.suffixes[-2] if path.suffix.lower() == ".gz" and path.suffixes[1:] else path.suffix
    )
    kind = next((k for k, suffixes in SUFFIXES.items() if suffix.lower() in suffixes), None)
    if kind is None:
        raise SourceError(
            f"{path.name}: no kind of source has files that end in {suffix!r}",
            hint=", ".join(sorted({s for suffixes in SUFFIXES.values() for s in suffixes})),
        )
    records, headers = _headers(kind, File(path.name, path))
    columns = match(headers)
    lines = [
        "[[source]]",
        f"name = {_quote(name or _plain_name(path))}",
        f'kind = "{kind}"',
        f"path = {_quote(_place(path, home))}",
        *([f"records = {_quote(records)}"] if records else []),
        *_dates(columns),
        "",
        "[source.columns]            # ours = theirs",
        *(f"{ours} = {_quote(theirs)}" for ours, theirs in columns.items()),
    ]
    if "feature_name" not in columns:
        lines.append(f"feature_name = {_quote(headers[0])}   # a guess: which column names a row?")
    if "feature_group" not in columns:
        group = _quote(path.stem)
        lines += ["", "[source.constants]", f"feature_group = {group}   # no column says it"]
    used = {*columns.values(), *([] if "feature_name" in columns else headers[:1])}
    if rest := [header for header in headers if header not in used]:
        lines += ["", f"# kept as attributes: {', '.join(rest)}".replace("\n", " ")]
    return "\n".join(lines) + "\n"


def add(declaration: str, path: Path) -> None:
    """Append a declaration to sources.toml, or begin that file with it.

    Raises `SettingsError`, with the file as it was, if what results would not be valid.
    """
    text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    coming = path.with_name(f"{path.name}.new")
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    coming.write_text(text + gap + declaration, encoding="utf-8")
    try:
        load_sources(coming)
        coming.replace(path)
    except SettingsError as exc:
        message = exc.message.replace(str(coming), str(path))
        raise SettingsError(f"nothing was added: {message}", hint=exc.hint) from exc
    finally:
        coming.unlink(missing_ok=True)


def _place(path: Path, home: Path | None) -> str:
    if home and path.resolve().is_relative_to(home):
        return path.resolve().relative_to(home).as_posix()
    return (path.resolve() if home else path).as_posix()


def match(headers: list[str]) -> dict[str, str]:
    """Return ours = theirs for the headers that are synonyms, each used once.

    Of "a/b" or "a.b", b counts if the whole is none.
    """
    keys = {header: header_key(header).replace("_", "") for header in headers}
    last = {header: re.split(r"[./]", key)[-1] for header, key in keys.items()}
    found: dict[str, str] = {}
    for ours, synonyms in SYNONYMS.items():
        wanted = [header_key(synonym).replace("_", "") for synonym in synonyms]
        candidates = [
            (wanted.index(key), header)
            for known in (keys, last)
            for header, key in known.items()
            if key in wanted and header not in found.values()
        ]
        if candidates:
            found[ours] = min(candidates, key=lambda candidate: candidate[0])[1]
    return found


def _headers(kind: str, file: File) -> tuple[str, list[str]]:
    """Return where the records are, for a document, and what the file's columns are called."""
    source = Source(name="new", kind=kind, path=file.name)  # type: ignore[arg-type]
    if kind == "csv":
        headers = CsvTable(source, file).header
    elif kind == "xlsx":
        with ExitStack() as stack:
            grid = open_grid(file, None, stack)
            top = [[text(cell) for cell in row] for row in islice(grid.rows(), SEARCHED)]
            fill_merged(top, grid.merges)
        wanted = {header_key(name) for synonyms in SYNONYMS.values() for name in synonyms}
        headers = find_header(top, wanted, grid.merges)[1] if top else []
    else:
        return _document_headers(source, file)
    if not (named := [header.strip() for header in headers if header.strip()]):
        raise SourceError(f"{file.name} is empty", hint="give a file with a header and some rows")
    return "", named


def _document_headers(source: Source, file: File) -> tuple[str, list[str]]:
    if source.kind == "json":
        where, records = _find_records(_decode(file), "")
    else:
        where = ""
        texts = islice(NOTATIONS[source.kind](source, file, None), RECORDS)
        records = [msgspec.json.decode(record.text) for record in texts if not record.problem]
    if len(records) == 1 and source.kind == "yaml":
        where, inner = _find_records(records[0], "")
        records = inner or records
    paths = dict.fromkeys(path for record in records[:RECORDS] for path in _paths(record, ""))
    if not paths:
        raise SourceError(f"{file.name} holds no records", hint="objects in a list")
    return where, list(paths)


def _decode(file: File) -> Any:
    with file.open() as stream:
        content = stream.read().removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as exc:
        raise SourceError(f"{file.name}: {exc}", hint="it is no JSON; is it ndjson?") from exc


def _find_records(value: Any, path: str) -> tuple[str, list[Any]]:
    """Return the longest list of objects within a document, and its path."""
    if isinstance(value, list):
        return path, [item for item in value if isinstance(item, dict)]
    best: tuple[str, list[Any]] = ("", [])
    for key, inner in value.items() if isinstance(value, dict) else ():
        found = _find_records(inner, f"{path}.{key}".lstrip("."))
        best = max(best, found, key=lambda pair: len(pair[1]))
    return best


def _paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        yield from _paths(value[0], f"{path}[0]") if value else ()
    elif path:
        yield path


def _dates(columns: dict[str, str]) -> list[str]:
    dates = [o for o in ("since", "until") if o in columns and DATED.search(columns[o])]
    return [f"dates = {json.dumps(dates)}"] if dates else []


def _plain_name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", path.name.partition(".")[0].lower()).strip("-_")[:63]
    return name if NAME.fullmatch(name) else "new-source"


def _quote(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
