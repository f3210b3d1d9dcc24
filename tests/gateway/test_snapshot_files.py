"""The snapshot files of the sync hold what the gateway answers."""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from db.connection import ETL, connect
from etl.snapshots import RESOURCES, write_snapshot
from fmw.settings import Settings


def test_files_are_the_gateways_answers_byte_for_byte(
    fmw: TestClient[Litestar], settings: Settings, admin: Any
) -> None:
    admin.execute(
        "update core.features set title = e'two\\nlines, \"quoted\"' where source = 'one'"
    )
    admin.execute("select ops.refresh()")
    with connect(settings, ETL) as conn:
        folder = write_snapshot(conn, settings)
    assert folder is not None
    for name in RESOURCES:
        for form in ("csv", "json"):
            answer = fmw.get(f"/api/v1/{name}", params={"format": form})
            assert answer.content == (folder / f"{name}.{form}").read_bytes(), (name, form)
