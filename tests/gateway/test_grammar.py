"""What the query string may say, and how what it may not say is refused."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ApiError
from gateway.grammar import parse_query
from gateway.query import Condition, Field, Item, Logic, Order, Query

A = Field(column="a")


def parse(text: str) -> Query:
    return parse_query(quote(text, safe="=&+%").encode())


def refusal(text: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", [Item()]),
        ("*", [Item()]),
        (" a , b ", [Item(field=A), Item(field=Field(column="b"))]),
        ("이름:a", [Item(field=A, alias="이름")]),
        ("a::text", [Item(field=A, cast="text")]),
        ("x:a::INT8", [Item(field=A, alias="x", cast="int8")]),
        ('"가격 (원)"', [Item(field=Field(column="가격 (원)"))]),
        (r'"a\"b"', [Item(field=Field(column='a"b'))]),
        ("a-b", [Item(field=Field(column="a-b"))]),
        ("a->b->>c", [Item(field=Field(column="a", keys=("b", "c"), as_text=True))]),
        ("a->0->-1", [Item(field=Field(column="a", keys=(0, -1)))]),
        ('a->"b.c"', [Item(field=Field(column="a", keys=("b.c",)))]),
        (
            "n:a->>b::int",
            [Item(field=Field(column="a", keys=("b",), as_text=True), alias="n", cast="int")],
        ),
    ],
)
def test_select(text: str, items: list[Item]) -> None:
    assert list(parse(f"select={text}").select) == items


@pytest.mark.parametrize(
    ("key", "value", "condition"),
    [
        ("a", "eq.x,y)(", Condition(field=A, operator="eq", value="x,y)(")),
        ("a", "eq.", Condition(field=A, operator="eq", value="")),
        ("a", 'eq."x"', Condition(field=A, operator="eq", value='"x"')),
        (
            "a",
            "not.gte.2025-01-02 03:04:05+00",
            Condition(field=A, operator="gte", negated=True, value="2025-01-02 03:04:05+00"),
        ),
        ("a", "in.(x,y z)", Condition(field=A, operator="in", value=("x", "y z"))),
        (
            "a",
            r'in.("a,b","c\"d","e\\f",e"f)',
            Condition(field=A, operator="in", value=("a,b", 'c"d', "e\\f", 'e"f')),
        ),
        ("a", "in.()", Condition(field=A, operator="in", value=())),
        ("a", "is.NULL", Condition(field=A, operator="is", value="null")),
        ("a", "not.is.not_null", Condition(field=A, operator="is", negated=True, value="not_null")),
        (
            "a->>b",
            "eq.1",
            Condition(field=Field(column="a", keys=("b",), as_text=True), operator="eq", value="1"),
        ),
        ('"select"', "eq.1", Condition(field=Field(column="select"), operator="eq", value="1")),
        (
            "이름",
            "ilike.*환*",
            Condition(field=Field(column="이름"), operator="ilike", value="*환*"),
        ),
    ],
)
def test_filter(key: str, value: str, condition: Condition) -> None:
    query = parse_query(f"{quote_plus(key)}={quote_plus(value)}".encode())
    assert query.where == (condition,)


def test_logic_nests() -> None:
    where = parse(
        'or=(a.eq.1, and(a.is.null,not.or(a.like.x*,a.in.(1,"2,3")),a.eq.{1,2}),a.not.eq."x)")'
    ).where
    one = Condition(field=A, operator="eq", value="1")
    inner = Logic(
        either=True,
        negated=True,
        terms=(
            Condition(field=A, operator="like", value="x*"),
            Condition(field=A, operator="in", value=("1", "2,3")),
        ),
    )
    null = Condition(field=A, operator="is", value="null")
    array = Condition(field=A, operator="eq", value="{1,2}")
    last = Condition(field=A, operator="eq", value="x)", negated=True)
    assert where == (
        Logic(either=True, terms=(one, Logic(either=False, terms=(null, inner, array)), last)),
    )


def test_order_and_paging() -> None:
    query = parse("order=a.desc.nullslast, b->>c.asc,d.nullsfirst&limit=5&offset=-3")
    assert query.order == (
        Order(field=A, descending=True, nulls_first=False),
        Order(field=Field(column="b", keys=("c",), as_text=True)),
        Order(field=Field(column="d"), nulls_first=True),
    )
    assert (query.limit, query.offset) == (5, 0)


def test_own_parameters() -> None:
    query = parse("q= 환불&facets=a,b&format=json&bom=1")
    assert query == Query(search="환불", facets=("a", "b"), format="json", excel=True)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("select=a,", 3, "a name"),
        ("select=a::money", 4, "a type"),
        ("a=1", 1, "an operator"),
        ("a=eq", 3, '"."'),
        ("a=in.1", 4, '"("'),
        ("a=in.(1", 6, '")"'),
        ("a=is.maybe", 4, "one of null"),
        ("order=a.up", 2, ".asc"),
        ("order=", 1, "a name"),
        ("limit=ten", 1, "a whole number"),
        ("limit=1e3", 1, "a whole number"),
        ("offset=" + "9" * 30, 1, "a whole number"),
        ("format=pdf", 1, "csv or json or ndjson"),
        ("bom=yes", 1, "1 or 0"),
        ("select=a.median()", 3, "sum() or avg()"),
        ("select=a.sum", 3, "sum() or avg()"),
        ("select=count().sum()", 8, "end of input"),
        ("select=-", 2, "a name"),
        ("a=neq(any).{1,2}", 4, '"." ((any) and (all) go with eq'),
        ("a=eq(some).{1,2}", 3, '"." ((any) and (all) go with eq'),
        ("a=eq(any.{1,2}", 7, '")"'),
        ("or=a.eq.1", 1, '"("'),
        ("or=(a.eq.1", 8, '")"'),
        ("or=(a.eq.1)x", 9, "end of input"),
        ('a=in.("x', 5, 'a closing "'),
    ],
)
def test_refusal_says_where(text: str, column: int, expected: str) -> None:
    error = refusal(text)
    assert (error.status, error.code) == (400, "PGRST100")
    assert f"(line 1, column {column})" in error.message
    assert expected in (error.details or "")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("status=시행", "write status=eq.시행"),
        ("status==시행", "write status=eq.시행"),
        ("status=v1.2", "write status=eq.v1.2"),
        ("status=not.시행", "write status=not.eq.시행"),
        ("status=null", "write status=is.null"),
        ("a->>b=x", "write a->>b=eq.x"),
        ("status=eqq.시행", "Perhaps you meant 'eq'"),
        ("or=(a.NE.1)", "Perhaps you meant 'neq'"),
        ("or=(a.1)", None),
        ("a=is.nul", "Perhaps you meant 'null'"),
        ("page=2", "Perhaps you meant limit=50&offset=100; if page is a column, write page=eq.2"),
        ("perPage=9", "Perhaps you meant limit="),
        ("oder=a", "Perhaps you meant order="),
        ("sort=title.desc", "Perhaps you meant order="),
        ("fields=a,b", "Perhaps you meant select="),
        ("columns=a,b", "Perhaps you meant select="),
        ("count=exact", "Perhaps you meant select=count(), or the header Prefer: count=exact"),
        ("search=환불", "Perhaps you meant q="),
        ("order=a.dsc", "Perhaps you meant 'desc'"),
        ("order=a.down", "write column.desc"),
        ("select=a::txt", "Perhaps you meant 'text'"),
        ("format=xls", "Perhaps you meant 'xlsx'"),
        ("format=pdf", None),
    ],
)
def test_refusal_says_what_may_be_meant(text: str, hint: str | None) -> None:
    assert (refusal(text).hint or "").startswith(hint or "")
    assert (refusal(text).hint is None) == (hint is None)


@pytest.mark.parametrize(
    "text",
    [
        "select=rel(*)",
        "select=rel!inner(*)",
        "select=...rel(*)",
        "rel.a=eq.1",
        "a=fts.x",
        "a=sl.[1,2)",
        "a=not.adj.x",
        "or=(a.phfts.x)",
        "order=rel(a)",
        "columns=a",
    ],
)
def test_what_comes_later_is_refused_as_such(text: str) -> None:
    error = refusal(text)
    assert (error.status, error.code, error.details) == (400, "PGRST127", "Feature not implemented")


def test_nesting_has_an_end() -> None:
    assert "nesting" in (refusal("or=" + "(and" * 60 + "(").details or "")


@pytest.mark.parametrize(
    "raw", [b"a=eq.%ff", b"a=eq.%00", b"a=eq.\xff", b"&".join([b"a=eq.1"] * 1001)]
)
def test_bytes_that_are_no_text(raw: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        parse_query(raw)
    assert (caught.value.status, caught.value.code) == (400, "PGRST100")


def test_a_parameter_is_given_once() -> None:
    assert "twice" in refusal("limit=1&limit=2").message


def test_negative_limit() -> None:
    error = refusal("limit=-1")
    assert (error.status, error.code) == (416, "PGRST103")


_PIECES = [
    "a",
    "가",
    ".",
    ",",
    "(",
    ")",
    '"',
    "\\",
    "->",
    "->>",
    "::",
    ":",
    "*",
    "not.",
    "eq.",
    "in.",
    "or",
    "and",
    "{",
    "}",
    " ",
    "1",
    "-",
    "&",
    "=",
    "select=",
    "order=",
    "or=",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(ApiError):
        parse_query(quote(text, safe="=&").encode())
