"""Korean and English have the same words, and every word the screens ask for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import ui
from ui.tones import tone
from ui.wording import FOLDER, LANGUAGES, choose

UI = Path(ui.__file__).parent
CALLS = re.compile(r"""\bt\((?:chips\.length \? )?["']([a-z_.]+)["']""")


def words(language: str) -> dict[str, str]:
    content: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return content


def test_languages_have_the_same_keys_and_placeholders() -> None:
    korean, english = words("ko"), words("en")
    assert list(korean) == list(english)
    for key, text in korean.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize("pattern", ["templates/*.html", "static/*.js", "components/*.js"])
def test_every_word_asked_for_exists(pattern: str) -> None:
    files = sorted(UI.glob(pattern))
    asked = {key for file in files for key in CALLS.findall(file.read_text("utf-8"))}
    assert asked
    assert asked <= set(words("ko"))


def test_screens_hold_no_korean_of_their_own() -> None:
    files = [*UI.glob("templates/*"), *UI.glob("static/*.js"), *UI.glob("**/*.py")]
    files += UI.glob("components/*.js")
    assert [f.name for f in files if re.search("[가-힣]", f.read_text("utf-8"))] == []


def test_the_first_known_language_wins_and_korean_is_the_default() -> None:
    assert choose("xx", "en") is LANGUAGES["en"]
    assert choose(None, "../ko") is LANGUAGES["ko"]


def test_every_status_word_has_one_tone_and_no_spaces() -> None:
    lists = json.loads((UI / "static/tones.json").read_text("utf-8"))
    listed = [word for words in lists.values() for word in words]
    assert len(listed) == len(set(listed))
    assert [word for word in listed if word != "".join(word.lower().split())] == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *(("정상", "good"), ("시행", "good"), ("사용 중", "good"), ("Stable", "good")),
        *(("점검", "info"), ("예정", "info"), ("주의", "warn"), ("장애", "bad")),
        *(("중지", "off"), ("폐지", "off"), ("처음 보는 말", ""), (None, "")),
    ],
)
def test_a_status_word_has_the_tone_of_its_meaning(status: str | None, expected: str) -> None:
    assert tone(status) == expected


def test_unknown_values_stay_as_they_are() -> None:
    korean = LANGUAGES["ko"]
    assert korean.shown("kind", "status") == "운영 현황"
    assert korean.shown("kind", "attributes.x") == "attributes.x"
    assert korean.shown("owner", "all") == "all"
    assert korean.shown("owner", None) == "없음"


def test_unknown_field_names_stay_as_they_are() -> None:
    assert LANGUAGES["ko"].label("field", "owner") == "담당"
    assert LANGUAGES["ko"].label("field", "attributes.등급") == "등급"
