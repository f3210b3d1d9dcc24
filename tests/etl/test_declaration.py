"""sources.toml: what it may say, and how it is told that it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.declaration import load_sources
from etl.delivery import find_files
from fmw.errors import SettingsError

GOOD = """
[[source]]
name = "team"
kind = "csv"
path = "data/*.csv"
[source.columns]
feature_group = "그룹"
feature_name = "이름"
"""


def write(path: Path, text: str) -> Path:
    file = path / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_paths_count_from_the_declaration(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / "data" / name).touch()
    source = load_sources(write(tmp_path, GOOD))["team"]
    assert [file.name for file in find_files(source)] == ["a.csv", "b.csv"]
    assert source.max_removed == 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind", "kinds"), "kinds"),
        (('"team"', '"Policy Team"'), "'Policy Team' cannot name a source"),
        (('"csv"', '"doc"'), "doc"),
        (("feature_group =", "feature_grp ="), "feature_grp"),
        (('feature_name = "이름"', ""), "feature_name"),
        (('path = "data/*.csv"', ""), "path"),
        (("[[source]]", GOOD + "[[source]]"), "two sources have one name"),
        (("[[source]]", "[[source"), "not valid TOML"),
        (
            ("[source.columns]", '[source.constants]\nfeature_name = "x"\n[source.columns]'),
            "maps a column and gives it as a constant",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_sources(write(tmp_path, GOOD.replace(*change)))


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist") as caught:
        load_sources(tmp_path / "sources.toml")
    assert "add-a-source" in caught.value.hint
