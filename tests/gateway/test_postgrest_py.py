"""PostgREST's Python client, as it is, against the gateway."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from postgrest import APIError, CountMethod, SyncPostgrestClient


@pytest.fixture
def postgrest(client: TestClient[Litestar]) -> SyncPostgrestClient:
    base = "http://testserver.local/api/v1"
    return SyncPostgrestClient(base, http_client=client, schema="sample")


def ids(query: Any) -> list[int]:
    return [row["feature_id"] for row in query.execute().data]


def test_filters(postgrest: SyncPostgrestClient) -> None:
    features = postgrest.from_("features")
    assert ids(features.select("*").eq("status", "중지")) == [3, 5]
    assert ids(features.select("feature_id, status").neq("status", "중지")) == [1, 2, 6]
    assert ids(features.select("*").gt("feature_id", 2).lte("feature_id", 4)) == [3, 4]
    assert ids(features.select("*").is_("status", "null")) == [4]
    assert ids(features.select("*").not_.is_("attributes", "null").not_.eq("feature_id", 1)) == [
        *(2, 4, 6)
    ]
    assert ids(features.select("*").in_("feature_name", ["환불", "=1+1", 'a,b"c'])) == [1, 3]
    assert ids(features.select("*").in_("feature_id", [])) == []
    assert ids(features.select("*").like("feature_name", "%환%")) == [1]
    assert ids(features.select("*").ilike_any_of("feature_group", "user%,결%")) == [1, 2, 3, 4, 5]
    assert ids(features.select("*").like_all_of("feature_group", "User%,%Login")) == [4, 5]
    assert ids(features.select("*").contains("attributes", {"tags": ["b"]})) == [1]
    assert ids(features.select("*").contained_by("attributes", '{"n": -3}')) == [4, 6]
    assert ids(features.select("*").or_("feature_id.eq.1,and(status.eq.중지,feature_id.gt.4)")) == [
        *(1, 5)
    ]
    assert ids(features.select("*").eq("attributes->team->>name", "정산")) == [1]
    assert ids(features.select("*").match({"status": "운영", "feature_group": "결제"})) == [1, 2]


def test_order_and_pages(postgrest: SyncPostgrestClient) -> None:
    features = postgrest.from_("features")
    assert ids(features.select("*").order("feature_id", desc=True).limit(2)) == [6, 5]
    assert ids(features.select("*").order("status", nullsfirst=True).limit(1)) == [4]
    assert ids(features.select("*").range(1, 3)) == [2, 3, 4]


@pytest.mark.parametrize("method", list(CountMethod))
def test_counts(postgrest: SyncPostgrestClient, method: CountMethod) -> None:
    features = postgrest.from_("features")
    page = features.select("feature_id", count=method).limit(2).execute()
    assert (page.count, len(page.data)) == (6, 2)
    assert features.select("*", count=method, head=True).eq("feature_id", 1).execute().count == 1


def test_single_rows(postgrest: SyncPostgrestClient) -> None:
    features = postgrest.from_("features")
    row = features.select("번호:feature_id::text").eq("feature_id", 3).single().execute().data
    assert row == {"번호": "3"}
    found = features.select("feature_id").eq("feature_id", 99).maybe_single().execute()
    assert found is None or found.data is None
    with pytest.raises(APIError) as caught:
        features.select("*").single().execute()
    assert (caught.value.code, caught.value.details) == ("PGRST116", "The result contains 6 rows")


def test_other_forms(postgrest: SyncPostgrestClient) -> None:
    features = postgrest.from_("features")
    text = features.select("feature_id,status").eq("feature_id", 4).csv().execute().data
    assert text == "feature_id,status\n4,\n"
    stripped = features.select("feature_id,status").eq("feature_id", 4).strip_nulls().execute()
    assert stripped.data == [{"feature_id": 4}]


def test_errors_have_their_codes(postgrest: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as caught:
        postgrest.from_("fetures").select("*").execute()
    assert caught.value.code == "PGRST205"
    with pytest.raises(APIError) as caught:
        postgrest.from_("features").select("*").eq("nope", 1).execute()
    assert caught.value.code == "42703"


def test_korean_names(postgrest: SyncPostgrestClient) -> None:
    data = postgrest.from_("결제").select('"가격 (원)"').order("feature_id").limit(1).execute().data
    assert data == [{"가격 (원)": 1000}]
