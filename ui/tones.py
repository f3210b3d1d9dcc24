"""What a status word means to a reader: the tone of its chip, and whether it needs attention."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = Path(__file__).parent / "static" / "tones.json"
_WORDS: dict[str, list[str]] = json.loads(_FILE.read_text(encoding="utf-8"))
_TONES = {word: tone for tone, words in _WORDS.items() for word in words}
URGENT = ("bad", "warn", "info")
"""Tones that somebody should look at, the worst first: trouble, then what is on its way."""


def tone(status: str | None) -> str:
    """Return good, info (planned or in work), warn, bad or off (ended on purpose); "" = unknown.

    `static/tones.json` is the only list; the browser reads the same (`static/tones.js`).
    """
    return _TONES.get("".join((status or "").lower().split()), "")


def urgency(status: str | None) -> int:
    """Return a sort key that puts the urgent first and leaves all other words as they stand."""
    found = tone(status)
    return URGENT.index(found) if found in URGENT else len(URGENT)
