"""Bodies as gzip, and the one way to write an address."""

from __future__ import annotations

import gzip

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
RAW = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
@pytest.mark.parametrize("rows", [500, 100_000])
def test_gzip_holds_the_same_bytes(client: Client, form: str, rows: int) -> None:
    path = f"/api/v1/big?format={form}&limit={rows}"
    plain = client.get(path, headers=RAW)
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip;q=0.5, br"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < 0.7 * len(plain.content)
    assert "Accept-Encoding" in packed.headers["vary"]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("big?limit=500", "gzip;q=0"),
        ("big?limit=500", "br, gzip; q=0.0"),
        ("big?limit=5", "gzip"),  # too short
        ("big?limit=500&format=xlsx", "gzip"),  # packed already
    ],
)
def test_no_gzip_where_nobody_wants_it(client: Client, path: str, asked: str) -> None:
    response = client.get(f"/api/v1/{path}", headers={"Accept-Encoding": asked})
    assert "content-encoding" not in response.headers


def test_each_encoding_has_its_validator(warm: Client) -> None:
    seen = {}
    for encoding in ("gzip", "identity"):
        for _ in range(2):  # the second comes from memory
            response = warm.get("/api/v1/features", headers={"Accept-Encoding": encoding})
            assert seen.setdefault(encoding, response.headers["etag"]) == response.headers["etag"]
        again = {"Accept-Encoding": encoding, "If-None-Match": response.headers["etag"]}
        assert warm.get("/api/v1/features", headers=again).status_code == 304
    assert seen["gzip"] != seen["identity"]


def test_one_address_for_one_answer(client: Client) -> None:
    asked = client.get("/api/v1/결제?status=eq.운영&limit=2&feature_id=gt.0&feature_id=lt.9")
    location = asked.headers["content-location"]
    assert location == (
        "/api/v1/%EA%B2%B0%EC%A0%9C?feature_id=gt.0&feature_id=lt.9&limit=2"
        "&status=eq.%EC%9A%B4%EC%98%81"
    )
    assert client.get(location).content == asked.content


def test_other_schemas_are_not_exposed(client: Client) -> None:
    for name in ("sample", "public"):
        response = client.get("/api/v1/features", headers={"Accept-Profile": name})
        assert response.headers["content-type"].startswith("application/json")
    response = client.get("/api/v1/features", headers={"Accept-Profile": "ops"})
    assert (response.status_code, response.json()["code"]) == (406, "PGRST106")
    assert "sample" in response.json()["hint"]
