"""Every word a user reads, in Korean and English, from `i18n/<language>.json`."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "i18n"
DEFAULT = "ko"


class Wording:
    """The words of one language, by flat key, with `{name}` placeholders."""

    def __init__(self, language: str) -> None:
        """Load `language`; a language without a file is a FileNotFoundError."""
        self.language = language
        text = (FOLDER / f"{language}.json").read_text(encoding="utf-8")
        self._words: dict[str, str] = json.loads(text)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of `key`, its placeholders filled in; an unknown key is a KeyError."""
        return self._words[key].format(**values)

    def label(self, prefix: str, name: str) -> str:
        """Return the text of `prefix.name`, or `name` itself where nobody translated it."""
        plain = name.removeprefix("attributes.") if prefix == "field" else name
        return self._words.get(f"{prefix}.{name}", plain)

    def shown(self, field: str, value: str | None) -> str:
        """Return a field's value as readers see it; nothing there is said in words."""
        return self.label(f"value.{field}", value) if value else self("value.none")


LANGUAGES = {path.stem: Wording(path.stem) for path in sorted(FOLDER.glob("*.json"))}


def choose(*wishes: str | None) -> Wording:
    """Return the first of the wished languages that exists, or Korean."""
    return next((LANGUAGES[wish] for wish in wishes if wish in LANGUAGES), LANGUAGES[DEFAULT])
