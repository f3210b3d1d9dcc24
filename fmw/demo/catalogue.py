"""What the demo's sources may hold: policies, features and services, made from `words.toml`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from random import Random
from typing import TypeAlias

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a source in standard names; its author's `hand` decides how they are spelled."""

    feature_group: str
    feature_name: str
    environment: str = ""
    status: str = ""
    owner: str
    since: str = ""
    until: str = ""
    default_value: str = ""
    title: str
    description: str
    url: str
    extra: str
    hand: int


Entry: TypeAlias = tuple[Row, ...]
"""What lives and goes together: the rows of one name, one for each of its environments."""


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of any thing: a title to follow its name, and a sentence about it."""

    title: str
    text: str
    code: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of features: its code in names, its teams, how people spell it, its things."""

    code: str
    teams: tuple[str, ...]
    spellings: tuple[str, ...]
    things: dict[str, str]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of `words.toml`."""

    groups: dict[str, Group]
    spellings: dict[str, dict[str, tuple[str, ...]]]
    policies: tuple[Phrase, ...]
    features: tuple[Phrase, ...]
    services: tuple[Phrase, ...]
    notes: tuple[str, ...]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing with one phrase about it: what an entry is made of. `number` counts in a group."""

    group: str
    thing: str
    phrase: Phrase
    number: int

    @property
    def title(self) -> str:
        return f"{self.thing} {self.phrase.title}"

    @property
    def text(self) -> str:
        return self.phrase.text.format(n=self.thing, **particles(self.thing))


Maker: TypeAlias = Callable[[Subject, Random], Entry]


@cache
def load_words() -> Words:
    """Read the package's `words.toml`."""
    return msgspec.toml.decode(files(__package__).joinpath("words.toml").read_bytes(), type=Words)


def entries(phrases: tuple[Phrase, ...], make: Maker, rng: Random) -> Iterator[list[Entry]]:
    """Yield for each group all its possible entries, in random order, numbered from 1."""
    for name, group in load_words().groups.items():
        pairs = list(product(group.things, phrases))
        rng.shuffle(pairs)
        yield [
            make(Subject(group=name, thing=thing, phrase=phrase, number=number), rng)
            for number, (thing, phrase) in enumerate(pairs, 1)
        ]


def make_policy(subject: Subject, rng: Random) -> Entry:
    """Return a policy: one row, known by its number."""
    group = load_words().groups[subject.group]
    name = f"POL-{group.code.upper()}-{subject.number:03d}"
    return (
        Row(
            feature_group=subject.group,
            feature_name=name,
            owner=rng.choice(group.teams),
            title=subject.title,
            description=subject.text,
            url=f"https://wiki.example/policy/{name}",
            extra=rng.choice(("필수", "필수", "권고", "참고")),
            hand=pick_hand(rng),
        ),
    )


def make_feature(subject: Subject, rng: Random) -> Entry:
    """Return a feature: a row for development, mostly also for verification and operation."""
    group = load_words().groups[subject.group]
    name = f"{group.code}.{group.things[subject.thing]}.{subject.phrase.code}"
    row = Row(
        feature_group=subject.group,
        feature_name=name,
        owner=rng.choice(group.teams),
        default_value=rng.choice(("켬", "끔", "끔")),
        title=subject.title,
        description=subject.text,
        url=f"https://wiki.example/feature/{name}",
        extra=rng.choice(("높음", "보통", "보통", "낮음")),
        hand=0,
    )
    reach = rng.choice((("개발",), ("개발", "검증"), *[("개발", "검증", "운영")] * 6))
    replace = msgspec.structs.replace
    return tuple(replace(row, environment=each, hand=pick_hand(rng)) for each in reach)


def make_service(subject: Subject, rng: Random) -> Entry:
    """Return a service: one row, known by its title; the monitor spells in one of two ways."""
    group = load_words().groups[subject.group]
    path = f"{group.code}/{group.things[subject.thing]}/{subject.phrase.code}"
    return (
        Row(
            feature_group=subject.group,
            feature_name=subject.title,
            owner=rng.choice(group.teams),
            title=subject.title,
            description=subject.text,
            url=f"https://status.example/{path}",
            extra=rng.choice(("30초", "1분", "5분")),
            hand=rng.choice((0, 1)),
        ),
    )


def pick_hand(rng: Random) -> int:
    """Return 0, who writes the standard names, or half of the time somebody who does not."""
    return rng.choice((0, rng.randrange(1, 12)))


def spell(domain: str, standard: str, hand: int) -> str:
    """Return a standard name as this hand writes it."""
    ways = (standard, *_spellings(domain, standard))
    return ways[hand % len(ways)]


def aliases() -> Iterator[tuple[str, str, str]]:
    """Yield (domain, alias, standard), each alias once however wide or tall its letters are."""
    words = load_words()
    seen = set()
    for domain, standards in (
        ("feature_group", list(words.groups)),
        ("owner", [team for group in words.groups.values() for team in group.teams]),
        *((domain, list(spellings)) for domain, spellings in words.spellings.items()),
    ):
        for standard in standards:
            for alias in _spellings(domain, standard):
                key = domain, fold(alias)
                if key not in seen:
                    seen.add(key)
                    yield domain, alias, standard


def fold(name: str) -> str:
    """Return the form in which the name map compares names: NFKC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).lower().split())


def particles(word: str) -> dict[str, str]:
    """Return the particles that follow a word of Hangul: they depend on its last consonant."""
    closed = (ord(word[-1]) - ord("가")) % 28 > 0
    pairs = {"을": "를", "이": "가", "은": "는", "과": "와"}
    return {after: after if closed else other for after, other in pairs.items()}


@cache
def _spellings(domain: str, standard: str) -> tuple[str, ...]:
    words = load_words()
    if domain == "feature_group":
        return words.groups[standard].spellings
    if domain == "owner":
        return (standard.removesuffix("팀"),)
    return words.spellings.get(domain, {}).get(standard, ())
