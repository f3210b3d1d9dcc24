"""What may happen to a registry: random deliveries, aliases, corrections by hand."""

from __future__ import annotations

from typing import LiteralString

import msgspec
from hypothesis import strategies as st

from tests.db.model import Row

PRIORITIES = {"alpha": 100, "beta": 100, "gamma": 200}
"""Two are equal: the first to deliver an identity keeps it. The third takes it from both."""

HAND: dict[str, LiteralString] = {
    "correct": "update core.features set status = '보류' where feature_id = %s",
    "regroup": "update core.features set feature_group = 'claims' where feature_id = %s",
    "remove": "update core.features set removed_at = now() where feature_id = %s",
    "delete": "delete from core.features where feature_id = %s",
}


class Deliver(msgspec.Struct, frozen=True, kw_only=True):
    """A source's file gets rows and is delivered, some hours after the last delivery."""

    source: str
    rows: list[Row]
    replaces: list[int]
    """The fields by which `rows` take the place of others: an update, or a move. [] = by none."""
    without: str
    """Rows of this name are left out this time; * = all but `rows`."""
    hours: int
    lag: int
    """Hours before the time it is, for a source that is late."""
    accept: bool
    again: bool
    """Whether the same comes again in other bytes."""


class Alias(msgspec.Struct, frozen=True):
    """An alias is set, or dropped if it stands for nothing."""

    domain: str
    alias: str
    standard: str


class Hand(msgspec.Struct, frozen=True):
    """An administrator changes the live feature at `place`, counted around."""

    place: int
    what: str


GROUPS = ["결제", "pay", "Pay", "정산", "shop"]
ROWS = st.builds(
    Row,
    group=st.sampled_from([*GROUPS * 3, ""]),
    name=st.sampled_from([*["환불", "refund", " refund", "Refund"] * 3, ""]),
    environment=st.sampled_from(["", "all", "운영"]),
    status=st.sampled_from(["on", "off", "ON", "사용"]),
    owner=st.sampled_from(["", "a", "b"]),
    grade=st.sampled_from(["", "A"]),
)


LISTS = {
    size: st.lists(ROWS, min_size=size // 2, max_size=size, unique_by=lambda row: row[:3])
    for size in (0, 1, 4, 24)
}
IDENTITY, NAME = [0, 1, 2], [1, 2]
DELIVERIES = {
    size: st.builds(
        Deliver,
        source=st.sampled_from(["alpha", "alpha", "beta", "gamma"]),
        rows=rows,
        replaces=st.sampled_from([IDENTITY, IDENTITY, NAME, []]),
        without=st.sampled_from(["", "", "환불", "refund", "*"]),
        hours=st.integers(0, 40),
        lag=st.sampled_from([0, 0, 0, 0, 13, 30]),
        accept=st.booleans(),
        again=st.booleans(),
    )
    for size, rows in LISTS.items()
}
STEPS = st.one_of(
    *DELIVERIES.values(),
    st.builds(
        Alias,
        st.just("feature_group"),
        st.sampled_from([group.lower() for group in GROUPS]),
        st.sampled_from(["결제", "pay", "Pay", ""]),
    ),
    st.builds(
        Alias,
        st.just("status"),
        st.sampled_from(["on", "off"]),
        st.sampled_from(["사용", "off", ""]),
    ),
    st.builds(Hand, st.integers(0, 30), st.sampled_from(list(HAND))),
)
