"""Every refusal has one shape, the right status and no secrets."""

from __future__ import annotations

import logging

import msgspec
import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo

from fmw.errors import SettingsError
from fmw.settings import Settings
from gateway.app import create_app
from gateway.serve import serve

Client = TestClient[Litestar]


def check(response: Response, status: int, code: str) -> dict[str, str | None]:
    """Assert the one shape of errors and return it."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Proxy-Status"] == f"PostgREST; error={code}"
    body: dict[str, str | None] = response.json()
    assert list(body) == ["code", "message", "details", "hint"]
    assert body["code"] == code
    assert body["message"]
    return body


@pytest.mark.parametrize(
    ("url", "status", "code", "hint"),
    [
        ("/api/v1/fetures", 404, "PGRST205", "Perhaps you meant 'features'"),
        ("/api/v1/결재", 404, "PGRST205", "Perhaps you meant '결제'"),
        ("/api/v1/결재.csv", 404, "PGRST205", "Perhaps you meant '결제'"),
        ("/api/v1/al.csv", 404, "PGRST205", "Perhaps you meant 'all'"),
        ("/api/v1/hidden", 404, "PGRST205", "/api/v1/docs lists"),
        ("/api/v1/", 404, "PGRST205", "/api/v1/docs lists"),
        ("/api/v1/al", 404, "PGRST205", "Perhaps you meant 'all'; /api/v1/docs lists"),
        ("/api/v1/pg_class", 404, "PGRST205", None),
        ("/api/v1/features/1", 404, "PGRST125", "/api/v1/docs lists"),
        ("/nothing", 404, "PGRST125", None),
        ("/api/v1/features?stauts=eq.x", 400, "42703", "Perhaps you meant the column 'status'"),
        ("/api/v1/features?select=nope", 400, "42703", "It has feature_id"),
        ("/api/v1/features?count=eq.x", 400, "42703", "Perhaps you meant select=count(), or the"),
        ("/api/v1/features?order=nope", 400, "42703", None),
        ("/api/v1/features?facets=nope&format=json", 400, "42703", None),
        ("/api/v1/features?select=status,status", 400, "PGRST100", "other:status"),
        ("/api/v1/features?select=" + "가" * 22 + ":status", 400, "PGRST100", None),
        ("/api/v1/features?facets=status", 400, "PGRST100", "format=json"),
        ("/api/v1/features?format=json&bom=1", 400, "PGRST100", "format=csv"),
        ("/api/v1/features?select=rel(*)", 400, "PGRST127", None),
        ("/api/v1/features?limit=-1", 416, "PGRST103", None),
        ("/api/v1/features?a=eq." + "x" * 32768, 414, "PGRST100", None),
        ("/api/v1/features?feature_id=eq.x", 400, "22P02", "feature_id is bigint"),
        ("/api/v1/features?neighbours=eq.x", 400, "22P02", "neighbours is bigint"),
        ("/api/v1/features?" + "status=eq.x&" * 1001, 400, "PGRST100", "in.(...)"),
        ("/api/v1features", 404, "PGRST125", None),
        ("/api/devruns", 404, "PGRST125", None),
        ("/api/v1/features?since=gt.2024-13-01", 400, "22008", "since is date"),
        ("/api/v1/features?feature_id=like.1*", 404, "42883", None),
        ("/api/v1/features?select=status::int", 400, "22P02", None),
        ("/api/v1/numbers?q=1", 400, "PGRST100", None),
        ("/api/v1/slow", 504, "57014", "narrow"),
        ("/api/v1/unfilled", 503, "55000", "ask again"),
    ],
)
def test_reads_that_are_refused(
    client: Client, url: str, status: int, code: str, hint: str | None
) -> None:
    response = client.get(url)
    body = check(response, status, code)
    assert (hint or "") in (body["hint"] or "")
    assert ("Retry-After" in response.headers) == (status == 503)


def test_nothing_acceptable(client: Client) -> None:
    for accept in ("text/html", "application/geo+json", "application/json;q=0"):
        check(client.get("/api/v1/features", headers={"Accept": accept}), 406, "PGRST107")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_reading_is_all_there_is(client: Client, method: str) -> None:
    response = client.request(method, "/api/v1/features")
    check(response, 405, "PGRST117")
    assert response.headers["Allow"] == "GET, HEAD"


def test_sync_is_a_post(client: Client) -> None:
    response = client.get("/api/dev/sync/run")
    check(response, 405, "PGRST117")
    assert response.headers["Allow"] == "POST"


def test_head_fails_like_get(client: Client) -> None:
    for query, code in (("feature_id=eq.x", "22P02"), ("select=nope", "42703")):
        response = client.head(f"/api/v1/features?{query}")
        assert response.status_code == 400
        assert response.headers["Proxy-Status"] == f"PostgREST; error={code}"


def test_an_error_of_ours_shows_nothing(
    sample_settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("gateway.requests.parse_query", fail)
    with TestClient(create_app(sample_settings), raise_server_exceptions=False) as client:
        response = client.get("/api/v1/features")
    check(response, 500, "PGRSTX00")
    assert "secret" not in response.text
    assert "ZeroDivisionError: secret" in caplog.text


def test_view_that_somebody_refreshes_without_concurrently(
    sample: str, sample_settings: Settings
) -> None:
    hasty = make_conninfo(sample, options="-c lock_timeout=50ms")
    settings = msgspec.structs.replace(sample_settings, database_url=hasty)
    with TestClient(create_app(settings)) as client, psycopg.connect(sample) as conn:
        assert client.get("/api/v1/features").status_code == 200
        conn.execute("refresh materialized view sample.features")
        response = client.get("/api/v1/features?limit=1")
    assert "ask again" in (check(response, 503, "55P03")["hint"] or "")
    assert response.headers["Retry-After"]


def test_without_a_database(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(
        database_url="postgresql://secret-user@127.0.0.1:1/x?connect_timeout=1",
        gateway_pool_timeout=0.2,
    )
    caplog.set_level(logging.CRITICAL)
    with TestClient(create_app(settings)) as client:
        assert client.get("/live").text == "live\n"
        for path in ("/ready", "/api/v1/features", "/api/dev/runs"):
            response = client.get(path)
            assert response.status_code == 503
            check(response, 503, response.json()["code"])
            assert response.headers["Retry-After"]
            assert "secret-user" not in response.text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 - that is the point
def test_only_loopback_is_served(sample_settings: Settings, host: str) -> None:
    with pytest.raises(SettingsError, match="does not listen"):
        serve(sample_settings, host)
