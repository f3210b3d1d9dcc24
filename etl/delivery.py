"""What a source delivers now: its files, wherever they are, brought to where they can be read."""

from __future__ import annotations

import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from etl.declaration import Source
from etl.fetching import fetch
from etl.querying import export
from etl.reading import BLOCK, File, Issue
from fmw.errors import SourceAway, SourceError

SUFFIXES = {
    "csv": {".csv", ".tsv", ".txt"},
    "xlsx": {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"},
    "json": {".json"},
    "ndjson": {".ndjson", ".jsonl"},
    "yaml": {".yml", ".yaml"},
}
RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{n}" for name in ("com", "lpt") for n in "123456789"),
}
"""Names that Windows keeps for devices, whatever the extension."""
MAX_ENTRIES = 100_000
LONGEST = 240
"""Characters of a way that every Windows program can open."""


def find_files(source: Source) -> list[File]:
    """Return the files at the source's path, sorted by name; [] if there are none.

    Of a folder all files that are not hidden, for yaml those of its subfolders, too. Raises
    `SourceError` if the path cannot be looked up.
    """
    if not source.path:
        return []
    path = source.home / source.path
    try:
        if path.is_dir():
            pattern = "**/*" if source.notation == "yaml" else "*"
            return _named(path, [p for p in path.glob(pattern) if _is_data(source, p)])
        if any(sign in source.path for sign in "*?["):
            return [File(p.name, p) for p in sorted(source.home.glob(source.path)) if p.is_file()]
        return [File(path.name, path)] if path.exists() else []
    except (OSError, ValueError, NotImplementedError) as exc:
        raise (SourceAway if isinstance(exc, OSError) else SourceError)(
            f"source {source.name}: {source.path} cannot be looked up: {exc}"
        ) from exc


@contextmanager
def delivered(
    source: Source, files: list[File] | None, issues: list[Issue]
) -> Iterator[list[File]]:
    """Yield the files of a delivery; what could not be unpacked goes to `issues`.

    `files` are those found or given; None = fetch or query them. Raises `SourceError` if there are
    none.
    """
    if files is None:
        folder = source.spool / source.name
        folder.mkdir(parents=True, exist_ok=True)
        yield fetch(source, folder) if source.kind == "http" else [export(source, folder)]
        return
    if not files:
        raise SourceAway(  # a share may come back, and a program that saves puts a new file there
            f"source {source.name}: there is no file at {source.home / source.path}",
            hint="correct `path` in sources.toml, or give --file",
        )
    archives = [file for file in files if _is_archive(source, file)]
    if not archives:
        yield files
        return
    source.spool.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=source.spool, prefix=f"{source.name}-") as name:
        yield [
            inner
            for number, file in enumerate(files)
            for inner in (
                _unpack(source, file, Path(name) / str(number), issues)
                if file in archives
                else [file]
            )
        ]


def _named(folder: Path, paths: list[Path]) -> list[File]:
    names = {path: path.relative_to(folder).as_posix() for path in paths}
    return [File(names[path], path) for path in sorted(paths, key=lambda path: names[path])]


def _is_data(source: Source, path: Path) -> bool:
    if path.name.startswith((".", "~", "Thumbs.db")) or not path.is_file():
        return False
    return source.notation != "yaml" or path.suffix.lower() in {*SUFFIXES["yaml"], ".zip"}


def _is_archive(source: Source, file: File) -> bool:
    return file.path.suffix.lower() == ".zip"


def _unpack(source: Source, file: File, folder: Path, issues: list[Issue]) -> Iterator[File]:
    """Copy the entries of a zip file out, under names of our own, and yield them by their names."""
    folder.mkdir()
    seen: set[str] = set()
    left = source.max_megabytes << 20
    try:
        with zipfile.ZipFile(file.path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ENTRIES:
                raise SourceError(f"{file.name} holds {len(entries):,} files: too many")
            for number, entry in enumerate(entries):
                if not _is_wanted(source, entry.filename):
                    continue
                name = f"{file.name}:{entry.filename}"
                if reason := entry_problem(entry, seen):
                    issues.append(Issue(name[:500], "unsafe_entry", reason, entry.filename))
                    continue
                target = folder / f"{number}{PurePosixPath(entry.filename).suffix}"
                with archive.open(entry) as stream, target.open("wb") as copy:
                    while block := stream.read(BLOCK):
                        left -= len(block)
                        if left < 0:
                            raise SourceError(
                                f"{file.name} holds more than {source.max_megabytes} MB",
                                hint="set max_megabytes of the source if that is right",
                            )
                        copy.write(block)
                yield File(name, target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as exc:
        raise SourceError(f"{file.name} cannot be unpacked: {exc}") from exc


def _is_wanted(source: Source, name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts):
        return False
    suffix = PurePosixPath(parts[-1].rstrip(". ").removesuffix(".gz")).suffix.lower()
    return suffix in SUFFIXES[source.notation]


def entry_problem(entry: zipfile.ZipInfo, seen: set[str]) -> str:
    """Return why a zip entry is not to be trusted, or ""; `seen` holds the names before it."""
    name = entry.filename
    parts = name.split("/")
    key = unicodedata.normalize("NFC", name).casefold()
    if name.startswith("/") or "\\" in entry.orig_filename or ".." in parts or name[1:2] == ":":
        return "its name leads out of the archive"
    if any(character in '<>:"|?*' or ord(character) < 32 for character in name):
        return "its name holds a character that Windows forbids"
    if any(part != part.rstrip(". ") or not part for part in parts):
        return "a part of its name ends with a dot or a space"
    if any(part.partition(".")[0].lower() in RESERVED for part in parts):
        return "its name is one that Windows keeps for a device"
    if len(name) > LONGEST:
        return f"its name is longer than {LONGEST} characters"
    if entry.flag_bits & 1:
        return "it is locked by a password"
    if key in seen:
        return "another entry has the same name but for case or spelling of characters"
    seen.add(key)
    return ""


def given_files(paths: Sequence[Path]) -> list[File]:
    """Return files somebody named on the command line."""
    return [File(path.name, path) for path in paths]
