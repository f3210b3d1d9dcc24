"""Whole tables come from the snapshot files: the same bytes, without the database."""

from __future__ import annotations

import gzip
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from psycopg.conninfo import make_conninfo

from db.connection import ETL, connect
from etl.snapshots import write_snapshot
from fmw.settings import Settings
from gateway import respond
from gateway.app import create_app
from gateway.snapshots import Snapshots
from tests.gateway.conftest import until_known
from tests.gateway.process import Gateway
from tests.tools import needs

Client = TestClient[Litestar]
RAW = {"Accept-Encoding": "identity"}
# more than the memory of short answers takes, so that nothing but a file can be the answer
MANY = """
insert into core.features (kind, feature_group, feature_name, environment, status, source)
select 'feature', '결제', '기능 ' || n, 'all', '운영', 'one' from generate_series(1, 2000) as n
"""


@pytest.fixture
def folder(fmw: Client, settings: Settings, admin: psycopg.Connection) -> Path:
    """The files of what the gateway shows."""
    admin.execute(MANY)
    admin.execute("select ops.refresh()")
    with connect(settings, ETL) as conn:
        path = write_snapshot(conn, settings)
    assert path is not None
    return path


@pytest.fixture
def files(folder: Path, fmw: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A gateway that has seen its files and can do nothing else."""
    until_known(fmw, "/api/v1/groups")
    for path in ("all", "all?format=json", "all?format=parquet"):
        until_file(fmw, f"/api/v1/{path}", RAW)
    until_file(fmw, "/api/v1/all", {"Accept-Encoding": "gzip"})
    monkeypatch.setattr(respond, "Answer", None)
    monkeypatch.setattr(respond, "FileAnswer", None)
    return fmw


def until_file(client: Client, path: str, headers: dict[str, str]) -> None:
    deadline = time.monotonic() + 10
    while client.get(path, headers=headers).headers["Server-Timing"] != "file;desc=hit":
        assert time.monotonic() < deadline, path
        time.sleep(0.02)


def test_a_file_with_the_times_of_another_zone_is_no_answer(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Snapshots, "is_checked", lambda *_: True)
    there = make_conninfo(settings.database_url, options="-c timezone=UTC")
    with TestClient(create_app(msgspec.structs.replace(settings, database_url=there))) as other:
        until_known(other, "/api/v1/groups")
        response = other.get("/api/v1/all?format=json", headers=RAW)
    assert response.headers["Server-Timing"].startswith("parse;dur=")
    assert response.json()[0]["changed_at"].endswith("+00:00")


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_whole_tables_come_from_the_files(files: Client, folder: Path, form: str) -> None:
    response = files.get(f"/api/v1/all?format={form}", headers=RAW)
    assert response.content == (folder / f"features.{form}").read_bytes()
    assert response.headers["content-range"] == "0-2002/*"
    assert response.headers["content-length"] == str(len(response.content))
    assert f"all.{form}" in response.headers["content-disposition"]


def test_packed_ones_too(files: Client, folder: Path) -> None:
    headers = {"Accept-Encoding": "gzip"}
    with files.stream("GET", "/api/v1/features", headers=headers) as response:
        packed = b"".join(response.iter_raw())
    assert packed == (folder / "features.csv.gz").read_bytes()
    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == (folder / "features.csv").read_bytes()


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_validators(files: Client, form: str, encoding: str) -> None:
    path, headers = f"/api/v1/all?format={form}", {"Accept-Encoding": encoding}
    etag = files.get(path, headers=headers).headers["etag"]
    again = files.get(path, headers=headers | {"If-None-Match": etag})
    assert (again.status_code, again.headers["etag"]) == (304, etag)


def test_a_file_and_the_database_answer_alike(folder: Path, fmw: Client) -> None:
    live = fmw.get("/api/v1/all", headers=RAW)  # while nobody has compared the file yet
    assert "db;dur=" in live.headers["server-timing"]
    until_file(fmw, "/api/v1/all", RAW)
    file = fmw.get("/api/v1/all", headers=RAW)
    assert file.content == live.content
    found = [answer.headers.pop("content-range") for answer in (live, file)]
    assert found == ["*/*", "0-2002/*"]  # a file knows how long it is
    ignored = {"server-timing", "transfer-encoding", "content-length", "x-request-id"}
    assert {k: v for k, v in file.headers.items() if k not in ignored} == {
        k: v for k, v in live.headers.items() if k not in ignored
    }


@pytest.mark.parametrize(
    "query", ["limit=3000", "bom=1", "order=owner", "status=eq.운영", "select=owner", "q=기"]
)
@pytest.mark.usefixtures("folder")
def test_anything_else_is_asked(fmw: Client, query: str) -> None:
    until_file(fmw, "/api/v1/all", RAW)
    timing = fmw.get(f"/api/v1/all?{query}", headers=RAW).headers["server-timing"]
    assert "db;dur=" in timing


def test_a_damaged_file_is_never_sent(folder: Path, fmw: Client, caplog: Any) -> None:
    right = (folder / "features.csv").read_bytes()
    (folder / "features.csv").write_bytes(right.replace(b"one", b"two"))
    until_file(fmw, "/api/v1/all?format=json", RAW)  # so that the folder was noticed
    deadline = time.monotonic() + 10
    while "is damaged" not in caplog.text:
        assert fmw.get("/api/v1/all", headers=RAW).content == right
        assert time.monotonic() < deadline
    assert fmw.get("/api/v1/all", headers=RAW).content == right


def test_a_file_is_checked_once_and_not_among_the_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = Snapshots(folder.parent)
    [version, *_] = snapshots.versions()
    checked = list[str]()

    def check(_: object, name: str) -> bool:
        checked.append(f"{threading.current_thread().name} {name}")
        return True

    monkeypatch.setattr(snapshots, "check", check)
    for _ in range(5):
        snapshots.begin_check(version, "features.csv")
    snapshots._checker.shutdown()
    assert checked == ["gateway-checksums_0 features.csv"]


def test_files_of_another_version_are_not_sent(
    folder: Path, fmw: Client, admin: psycopg.Connection
) -> None:
    until_file(fmw, "/api/v1/all", RAW)
    before = folder.name.partition("-")[0]
    admin.execute("update core.features set status = '중지' where feature_name = '기능 1'")
    admin.execute("select ops.refresh()")
    assert "중지" not in (folder / "features.csv").read_text(encoding="utf-8").splitlines()[4]
    deadline = time.monotonic() + 10
    while fmw.get("/api/v1/all", headers=RAW).headers["x-snapshot-version"] == before:
        assert time.monotonic() < deadline
    assert b"\xec\xa4\x91\xec\xa7\x80" in fmw.get("/api/v1/all?feature_name=eq.기능 1").content


NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/error.log;
events {{}}
http {{
    access_log off; client_body_temp_path {home}/a; proxy_temp_path {home}/b;
    fastcgi_temp_path {home}/c; uwsgi_temp_path {home}/d; scgi_temp_path {home}/e;
    server {{
        listen 127.0.0.1:{port};
        location /api/ {{ proxy_pass http://127.0.0.1:{gateway}; }}
{accel}
    }}
}}
"""


@pytest.fixture
def behind_nginx(folder: Path, settings: Settings, tmp_path: Path) -> Iterator[tuple[Gateway, str]]:
    """The gateway and nginx in front, as the manual configures it; with nginx' address."""
    nginx = needs("nginx", "/usr/sbin/nginx")
    gateway = Gateway(msgspec.structs.replace(settings, gateway_accel="/snapshots/"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    manual = Path("docs/reference/gateway.md").read_text(encoding="utf-8")
    accel = manual.partition("```nginx\n")[2].partition("```")[0]
    home = tmp_path / "nginx"
    home.mkdir()
    (home / "nginx.conf").write_text(
        NGINX.format(home=home, port=port, gateway=gateway.port, accel=accel).replace(
            "C:/fmw/var/snapshots", folder.parent.as_posix()
        ),
        encoding="utf-8",
    )
    for part in (folder, *folder.parents):  # nginx' workers are nobody in particular
        if part.stat().st_uid == Path.home().stat().st_uid:
            part.chmod(part.stat().st_mode | 0o055)
    process = subprocess.Popen([nginx, "-c", home / "nginx.conf"])
    try:
        gateway.wait()
        yield gateway, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        gateway.stop()


def test_nginx_sends_them(behind_nginx: tuple[Gateway, str], folder: Path) -> None:
    gateway, address = behind_nginx
    for encoding in ("identity", "gzip"):
        deadline = time.monotonic() + 10
        headers = {"Accept-Encoding": encoding}
        while not gateway.get("/api/v1/all", **headers)[0].getheader("X-Accel-Redirect"):
            assert time.monotonic() < deadline
        with httpx.stream("GET", f"{address}/api/v1/all", headers=headers) as response:
            body = b"".join(response.iter_raw())
        name = "features.csv.gz" if encoding == "gzip" else "features.csv"
        assert body == (folder / name).read_bytes()
        assert response.headers.get("content-encoding") == ("gzip" if encoding == "gzip" else None)
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        assert "all.csv" in response.headers["content-disposition"]
        assert response.headers["x-snapshot-version"] == folder.name.partition("-")[0]
        assert "x-accel-redirect" not in response.headers
        again = headers | {"If-None-Match": response.headers["etag"]}
        assert httpx.get(f"{address}/api/v1/all", headers=again).status_code == 304
    assert httpx.get(f"{address}/snapshots/{folder.name}/features.csv").status_code == 404
