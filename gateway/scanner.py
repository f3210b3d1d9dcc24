"""A cursor over the text of one query parameter, with errors that say where."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import NoReturn

from gateway.errors import ApiError, not_supported

_NAME = re.compile(r"[\w $]+(?:-(?!>)[\w $]+)*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BARE = re.compile(r"[^,)]*")
_SPACE = re.compile(r"\s*")
_NEXT_WORD = re.compile(r"\W*(\w*)")


class Scanner:
    """A cursor over one parameter's text; `place` names the parameter in errors."""

    def __init__(self, text: str, place: str) -> None:
        self.text = text
        self.place = place
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.text)

    def take(self, token: str) -> bool:
        """Step over `token` if it comes next."""
        found = self.text.startswith(token, self.at)
        self.at += len(token) * found
        return found

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what `pattern` matches here."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def rest(self) -> str:
        """Step over all that is left and return it."""
        start, self.at = self.at, len(self.text)
        return self.text[start:]

    def expect(self, token: str) -> None:
        """Step over `token` or fail."""
        if not self.take(token):
            self.fail(f'"{token}"')

    def end(self) -> None:
        """Fail unless nothing is left."""
        if not self.done:
            self.fail("end of input")

    def fail(
        self, expected: str, *, known: Iterable[str] = (), hint: str | None = None
    ) -> NoReturn:
        """Refuse the text at the current position; one of the `known` words may be meant."""
        found = f'"{self.text[self.at]}"' if not self.done else "end of input"
        raise ApiError(
            400,
            "PGRST100",
            f'"failed to parse {self.place} ({self.text})" (line 1, column {self.at + 1})',
            details=f"unexpected {found} expecting {expected}",
            hint=self._hint(known) or hint,
        )

    def refuse(self, what: str, *, hint: str | None = None) -> NoReturn:
        """Refuse what PostgREST knows and the gateway does not."""
        not_supported(
            f"{what} is not supported: {self.place} ({self.text}), line 1, column {self.at + 1}",
            hint=hint,
        )

    def space(self) -> None:
        """Step over white space."""
        self.match(_SPACE)

    def comes(self, *tokens: str) -> bool:
        """Whether one of `tokens` comes next; the cursor stays."""
        return self.text.startswith(tokens, self.at)

    def quoted(self) -> str:
        """Step over a text in double quotes and return it without its escapes."""
        found = self.match(_QUOTED)
        if not found:
            self.fail('a closing "')
        return _ESCAPE.sub(r"\1", found[1])

    def value(self) -> str:
        """Step over a value of a list: in double quotes, or as it is up to `,` or `)`."""
        if self.comes('"'):
            return self.quoted()
        found = self.match(_BARE)
        return found[0] if found else ""

    def name(self) -> str:
        """Step over a column's name, quoted or not, and the spaces around it."""
        self.space()
        if self.comes('"'):
            name = self.quoted()
        else:
            found = self.match(_NAME)
            name = found[0].strip() if found else ""
        if not name:
            self.fail("a name (letters, digits, _ or $; quote others)")
        self.space()
        return name

    def _hint(self, known: Iterable[str]) -> str | None:
        """Return a hint: which of the `known` words looks like the one that comes next."""
        found = _NEXT_WORD.match(self.text, self.at)
        word = found[1].casefold() if found else ""
        near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.7)
        return f"Perhaps you meant '{near[0]}'" if near else None
