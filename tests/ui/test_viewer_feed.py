"""What the feed asks the gateway for, and how it puts rows together."""

from __future__ import annotations

import datetime as dt

import pytest
from starlette.datastructures import QueryParams

from ui.home_feed import Change
from ui.pages.feed import ROWS, asked, chosen, entries_of
from ui.wording import choose

AT = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def change(number: int, field: str | None = None) -> Change:
    return Change(
        change_id=number, feature_id=1, changed_at=AT, op="U", feature_name="x", field=field
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("period=today&nonsense=1", []),
        ("op=C&op=D", [("op", "in.(C,D)")]),
        ('feature_group=a,"b"', [("feature_group", 'in.("a,\\"b\\"")')]),
        ("field=", [("field", "is.null")]),
        ("field=&field=owner", [("or", "(field.is.null,field.in.(owner))")]),
    ],
)
def test_filters_are_those_of_the_page(query: str, expected: list[tuple[str, str]]) -> None:
    always = {"format", "order", "limit"}
    assert [pair for pair in asked(QueryParams(query)) if pair[0] not in always] == expected


def test_each_word_has_to_be_found_and_its_signs_mean_nothing() -> None:
    found = [value for name, value in asked(QueryParams("q=100%25_+b")) if name == "or"]
    assert len(found) == 2
    assert found[0].startswith('(feature_name.ilike."*100\\\\%\\\\_*",title.')


def test_its_title_says_what_of() -> None:
    query = QueryParams("op=U&field=status&feature_group=결제&source=&q=환불")
    assert list(chosen(query, choose("ko"))) == ["변경", "결제", "상태", "없음", "“환불”"]


def test_the_fields_of_a_change_are_one_entry() -> None:
    entries = list(entries_of([change(3, "owner"), change(3, "status"), change(2)]))
    assert [(entry.change.change_id, len(entry.fields)) for entry in entries] == [(3, 2), (2, 0)]


def test_a_change_that_may_be_cut_off_is_left_out() -> None:
    rows = [change(ROWS - number // 2, "owner") for number in range(ROWS)]
    assert len(list(entries_of(rows))) == ROWS // 2 - 1
