"""The gateway on FMW's own schema: the views of api, and what admins may do under /api/dev."""

from __future__ import annotations

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]


def views(admin: psycopg.Connection, schema: str, role: str) -> list[str]:
    """Names of what `role` may read in `schema`."""
    found = admin.execute(
        "select relname from pg_class where relnamespace = %s::regnamespace"
        " and relkind in ('r', 'v', 'm') and has_table_privilege(%s, oid, 'select')",
        [schema, role],
    )
    return [name for (name,) in found]


def test_every_view_is_a_resource(fmw: Client, admin: psycopg.Connection) -> None:
    names = views(admin, "api", "fmw_reader")
    assert {"features", "groups", "daily_counts", "feature_history", "home"} <= set(names)
    for name in names:
        for form in ("csv", "json", "ndjson"):
            response = fmw.get(f"/api/v1/{name}?format={form}")
            assert response.status_code == 200, response.text


def test_features_by_all_and_by_group(fmw: Client) -> None:
    response = fmw.get("/api/v1/all?select=feature_name&order=feature_name")
    assert response.text == "feature_name\n간편 로그인\n취소\n환불\n"
    [version] = fmw.get("/api/v1/snapshot?format=json").json()
    assert response.headers["X-Snapshot-Version"] == str(version["snapshot_version"])
    for name in ("결제", "PAY"):
        rows = fmw.get(f"/api/v1/{name}?select=feature_name,status&format=json").json()
        assert rows == [
            {"feature_name": "환불", "status": "운영"},
            {"feature_name": "취소", "status": "중지"},
        ]


def test_a_refresh_is_seen(fmw: Client, admin: psycopg.Connection) -> None:
    before = int(fmw.get("/api/v1/all").headers["X-Snapshot-Version"])
    admin.execute("update core.features set status = '종료' where feature_name = '취소'")
    admin.execute("select ops.refresh()")
    response = fmw.get("/api/v1/결제?status=eq.종료&select=feature_name")
    assert response.text == "feature_name\n취소\n"
    assert response.headers["X-Snapshot-Version"] == str(before + 1)


def test_ops_are_read_by_the_same_grammar(fmw: Client, admin: psycopg.Connection) -> None:
    for name in views(admin, "ops", "fmw_ops"):
        assert fmw.get(f"/api/dev/{name}?limit=1").status_code == 200
    response = fmw.get(
        "/api/dev/changes?op=eq.C&select=feature_name&order=feature_name.desc&limit=1"
    )
    assert response.text == "feature_name\n환불\n"
    assert fmw.get("/api/dev/runs/summary").text.startswith("source,day,")
    assert fmw.get("/api/v1/runs").status_code == 404
    assert fmw.get("/api/dev/nothing/here").json()["code"] == "PGRST205"


def test_a_sync_is_requested_and_watched(fmw: Client) -> None:
    response = fmw.post("/api/dev/sync/run", json={"sources": ["one"], "accept_removals": True})
    assert response.status_code == 202
    [run] = response.json()
    assert (run["source"], run["status"], run["accept_removals"]) == ("one", "queued", True)
    assert response.headers["Location"] == f"/api/dev/runs?run_id=eq.{run['run_id']}"
    [seen] = fmw.get(response.headers["Location"], headers={"Accept": "application/json"}).json()
    assert seen["run_id"] == run["run_id"]


def test_a_sync_of_everything(fmw: Client) -> None:
    response = fmw.post("/api/dev/sync/run")
    first, second = (run["run_id"] for run in response.json())
    assert response.headers["Location"] == f"/api/dev/runs?run_id=in.({first},{second})"


def test_a_sync_that_is_already_asked_for(fmw: Client) -> None:
    location = fmw.post("/api/dev/sync/run", json={"sources": ["two"]}).headers["Location"]
    for body in ({"sources": ["two"]}, {}):
        response = fmw.post("/api/dev/sync/run", json=body)
        assert (response.status_code, response.json()["code"]) == (409, "FM409")
        assert response.headers["Location"] == location


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"sources": ["nobody"]}', 404, "FM404"),
        (b'{"sources": "one"}', 400, "PGRST102"),
        (b'{"source": ["one"]}', 400, "PGRST102"),
        (b"{", 400, "PGRST102"),
        (b'{"sources": ["\\u0000"]}', 400, "PGRST102"),
    ],
)
def test_a_request_that_makes_no_sense(fmw: Client, body: bytes, status: int, code: str) -> None:
    response = fmw.post("/api/dev/sync/run", content=body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert fmw.get("/api/dev/runs?select=run_id").text == "run_id\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example"},  # all that plain http gives away
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_request_a_sync(fmw: Client, headers: dict[str, str]) -> None:
    response = fmw.post("/api/dev/sync/run", headers=headers)
    assert response.status_code == 403
    assert fmw.get("/api/dev/runs?select=run_id").text == "run_id\n"
