"""dlt: a resource merged by its primary key."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from psycopg.conninfo import conninfo_to_dict

KEY = ["group", "name", "environment"]
FIELDS = [*KEY, "status", "owner", "since", "title", "description", "url", "attributes"]


class Peer:
    """A pipeline with its state in a folder, without any history."""

    name = "dlt merge"

    def __init__(self, conninfo: str, folder: Path) -> None:
        """Declare the pipeline."""
        parts = conninfo_to_dict(conninfo)
        host = quote(str(parts["host"]), safe="")
        url = f"postgresql://{parts['user']}:none@localhost:5432/{parts['dbname']}?host={host}"
        self._pipeline = dlt.pipeline(
            "bench",
            destination=dlt.destinations.postgres(credentials=url),
            dataset_name="bench_dlt",
            pipelines_dir=str(folder / "dlt"),
        )

    def take(self, path: Path) -> None:
        """Extract, normalise and load the file."""
        rows = dlt.resource(
            _records(path), name="features", primary_key=KEY, write_disposition="merge"
        )
        self._pipeline.run(rows)

    def close(self) -> None:
        """Have nothing to close."""


def _records(path: Path) -> Iterator[list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        next(reader)
        batch: list[dict[str, str]] = []
        for row in reader:
            batch.append(dict(zip(FIELDS, row, strict=True)))
            if len(batch) == 5000:
                yield batch
                batch = []
        yield batch
