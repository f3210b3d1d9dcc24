"""Filters: which rows a query brings, and that no value is ever more than a value."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from tests.gateway.conftest import ids

Client = TestClient[Litestar]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("feature_id=eq.3", [3]),
        ("feature_id=neq.3", [1, 2, 4, 5, 6]),
        ("feature_id=gt.2&feature_id=lte.4", [3, 4]),
        ("feature_id=gte.5", [5, 6]),
        ("feature_id=lt.2", [1]),
        ("feature_id=in.(6,1)", [1, 6]),
        ("feature_id=in.()", []),
        ("feature_id=not.in.(1,2)", [3, 4, 5, 6]),
        ("status=is.null", [4]),
        ("status=not.is.null&feature_id=lt.3", [1, 2]),
        ("status=is.not_null&feature_id=gt.4", [5, 6]),
        ("feature_name=eq.", [6]),
        ("feature_name=like.*a*", [2, 4]),
        ("feature_name=like.100%25_a**", [4]),
        ("feature_group=ilike.user*", [4, 5]),
        ("feature_group=like.user*", []),
        ('feature_name=in.("a\\\\b \\"c\\", d%0Ae",환불)', [1, 2]),
        ("since=gt.2024-01-15", [3, 4]),
        ("%22가격 (원)%22=lt.0", [2]),
        ("attributes->team->>name=eq.정산", [1]),
        ("attributes->>n=eq.-3", [6]),
        ("attributes->tags->>0=eq.a", [1]),
        ("attributes->tags->>-1=eq.b", [1]),
        ("changed_at->>x=is.null&feature_id=eq.1", [1]),
        ("or=(feature_id.eq.1,and(status.eq.중지,feature_group.eq.User Login))", [1, 5]),
        ("not.or=(feature_id.lt.4,status.is.null)", [5, 6]),
        ("and=(feature_id.gt.1,not.and(feature_id.gt.2,feature_id.lt.6))", [2, 6]),
        ("status=isdistinct.운영", [3, 4, 5]),
        ("status=not.isdistinct.운영", [1, 2, 6]),
        ("feature_name=match.^[=1]", [3, 4]),
        ("feature_name=not.imatch.%5EA", [1, 3, 4, 6]),
        ("feature_id=eq(any).{1,3,99}", [1, 3]),
        ("feature_id=gte(all).{4,5}", [5, 6]),
        ("feature_name=like(any).{*_a*,환*}", [1, 4]),
        ("feature_group=not.ilike(any).{user*,결*}", [6]),
        ("or=(feature_id.eq(any).{1,2},status.isdistinct.운영)", [1, 2, 3, 4, 5]),
        ('attributes=cs.{"tags":["a"]}', [1]),
        ('attributes=not.cs.{"tags":["a"]}', [2, 4, 6]),
        ('attributes=cd.{"n":-3,"m":1}', [4, 6]),
        ('attributes->tags=cd.["a","b","c"]', [1]),
        ("q=_", [4]),
        ("q=%25", [4]),
        ("q=\\", [2]),
        ("q=USER", [4, 5]),
        ("q=환불&status=eq.운영", [1]),
    ],
)
def test_filters(client: Client, query: str, expected: list[int]) -> None:
    assert ids(client, query) == expected


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
)
def test_no_value_is_more_than_a_value(client: Client, value: str) -> None:
    # quoted in a list, raw in a comparison: what comes back is found by it and nothing else is
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    for query in (f"eq.{value}", f'in.("{quoted}")'):
        found = ids(client, "feature_name=" + quote(query, safe=""))
        assert found == {"환불": [1], "=1+1": [3], "100%_a*": [4], "": [6]}.get(value, [])
