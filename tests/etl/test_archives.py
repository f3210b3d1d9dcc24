"""Zip files and folders: what is read of them, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from etl.declaration import Source
from etl.delivery import delivered, find_files
from etl.reading import Issue
from fmw.errors import SourceError


def declare(path: Path, kind: str, **more: object) -> Source:
    return Source(
        name="t",
        kind=kind,  # type: ignore[arg-type]
        path=str(path),
        spool=path.parent / "spool",
        columns={"feature_group": "g", "feature_name": "n"},
        **more,  # type: ignore[arg-type]
    )


def pack(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_archive_is_read_as_the_files_in_it(tmp_path: Path) -> None:
    entries = {"a/1.csv": b"g,n\n", "a/2.csv.gz": b"", "readme.md": b"#", "a/.x.csv": b""}
    source = declare(pack(tmp_path / "all.zip", **entries), "csv")
    issues: list[Issue] = []
    with delivered(source, find_files(source), issues) as files:
        assert [file.name for file in files] == ["all.zip:a/1.csv", "all.zip:a/2.csv.gz"]
        with files[0].open() as stream:
            assert stream.read() == b"g,n\n"
    assert not issues
    assert not list((tmp_path / "spool").iterdir())


def test_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    bomb = pack(tmp_path / "bomb.zip", **{"1.csv": b"x" * (3 << 20)})
    assert bomb.stat().st_size < 10_000
    source = declare(bomb, "csv", max_megabytes=2)
    with (
        pytest.raises(SourceError, match="more than 2 MB"),
        delivered(source, find_files(source), []),
    ):
        pass


def test_archive_cut_off_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "cut.zip", **{"1.csv": b"g,n\n" * 1000})
    path.write_bytes(path.read_bytes()[:-30])
    source = declare(path, "csv")
    with pytest.raises(SourceError, match=r"cut\.zip"), delivered(source, find_files(source), []):
        pass


def test_folder_of_yaml_is_a_tree_and_of_csv_is_not(tmp_path: Path) -> None:
    for name in ("a.yml", "b/c.YAML", "b/.d.yml", "b/e.csv", "f.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    yaml = [file.name for file in find_files(declare(tmp_path, "yaml"))]
    assert yaml == ["a.yml", "b/c.YAML"]
    assert [file.name for file in find_files(declare(tmp_path, "csv"))] == ["a.yml", "f.csv"]
