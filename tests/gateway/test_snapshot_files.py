"""The snapshot files of the sync hold what the gateway answers."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from db.connection import ETL, connect
from etl.snapshots import RESOURCES, write_snapshot
from fmw.settings import Settings
from gateway.app import create_app


@pytest.mark.usefixtures("fmw")
def test_files_are_the_gateways_answers_byte_for_byte(settings: Settings, admin: Any) -> None:
    admin.execute("update core.features set title = %s where source = 'one'", ['two\nlines, "a"'])
    admin.execute("select ops.refresh()")
    with connect(settings, ETL) as conn:
        folder = write_snapshot(conn, settings)
    assert folder is not None
    with TestClient(create_app(settings)) as client:
        for name in RESOURCES:
            for form in ("csv", "json"):
                answer = client.get(f"/api/v1/{name}", params={"format": form})
                assert answer.content == (folder / f"{name}.{form}").read_bytes(), (name, form)
