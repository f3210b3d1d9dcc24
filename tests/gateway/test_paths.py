"""What a path may name, and what a preference may ask for."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


@pytest.mark.parametrize("name", ["알림/푸시", "알림%2F푸시"])
def test_a_group_with_a_slash_in_its_name(client: Client, name: str) -> None:
    response = client.get(f"/api/v1/{name}?select=feature_group&format=json")
    assert response.json() == [{"feature_group": "알림/푸시"}]


@pytest.mark.parametrize(("prefer", "total"), [("count=exact", True), ("count=none", False)])
def test_only_known_counts_are_counts(client: Client, prefer: str, total: bool) -> None:
    response = client.get("/api/v1/features?limit=1", headers={"Prefer": prefer})
    assert response.headers["Content-Range"].endswith("/*") is not total
    assert ("Preference-Applied" in response.headers) is total
