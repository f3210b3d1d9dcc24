"""A no-op sync against Django's update_or_create.

Run: `uv run --with django==5.2.19 python -m bench.peers [ROWS]`.

Both read the same file of 10,000 rows into the same server, where all of them are already as
delivered: FMW by sync_source, which compares, checks and accounts for every row; Django by one
update_or_create a row, in one transaction, on a table of the same columns without any history.
"""

from __future__ import annotations

import csv
import statistics
import sys
from functools import partial

import django
import psycopg
from django.conf import settings as django_settings
from django.db import connection, models, transaction
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console

from bench import sync
from bench.installation import installation
from db.connection import ETL, admin_conninfo, connect
from etl.runs import Order
from etl.sync import locked, sync_source
from fmw.settings import Settings

TARGET = 80
ROUNDS = 3


def declare(conninfo: str) -> type[models.Model]:
    """Configure Django for the server and return a model like a feature."""
    parts = conninfo_to_dict(conninfo)
    django_settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts["dbname"],
                "USER": parts["user"],
                "HOST": parts.get("host", ""),
                "PORT": str(parts.get("port", "")),
            }
        }
    )
    django.setup()

    class Feature(models.Model):  # type: ignore[misc]
        group = models.TextField()
        name = models.TextField()
        environment = models.TextField()
        status = models.TextField()
        owner = models.TextField()
        since = models.TextField()
        title = models.TextField()
        description = models.TextField()
        url = models.TextField()
        attributes = models.TextField()

        class Meta:
            app_label = "bench"
            db_table = "bench_django"
            constraints = (
                models.UniqueConstraint(fields=["group", "name", "environment"], name="identity"),
            )

    with connection.schema_editor() as editor:
        editor.create_model(Feature)
    return Feature


def update_or_create(feature: type[models.Model], path: str) -> None:
    """Read the file and save each row."""
    fields = [field.name for field in feature._meta.get_fields() if field.name != "id"]
    with open(path, encoding="utf-8", newline="") as stream, transaction.atomic():  # noqa: PTH123
        for record in list(csv.reader(stream))[1:]:
            values = dict(zip(fields, record, strict=True))
            identity = {name: values.pop(name) for name in fields[:3]}
            feature._default_manager.update_or_create(defaults=values, **identity)


def measure(settings: Settings, count: int) -> str:
    """Return how many times as fast a no-op sync is."""
    data = sync.rows(count)
    first = sync.write(settings.home / "first.csv", data)
    moved = sync.write(settings.home / "moved.csv", data[1:] + data[:1])
    conninfo = admin_conninfo(settings)
    feature = declare(conninfo)
    update_or_create(feature, str(first))
    ours, theirs = [], []
    with (
        psycopg.connect(conninfo, autocommit=True) as admin,
        connect(settings, ETL) as conn,
        locked(conn),
    ):
        sync_source(conn, sync.SOURCE, Order(files=[first]))
        admin.execute("vacuum analyze")
        for number in range(ROUNDS):
            file = (moved, first)[number % 2]
            order = Order(files=[file])
            ours.append(sync.timed(partial(sync_source, conn, sync.SOURCE, order)))
            theirs.append(sync.timed(partial(update_or_create, feature, str(file))))
    fast, slow = statistics.median(ours), statistics.median(theirs)
    return (
        f"{count:,} unchanged rows: FMW {fast:.3f} s, Django update_or_create {slow:.2f} s:"
        f" {slow / fast:.0f}x (target {TARGET}x)"
    )


def main() -> None:
    """Measure in an installation of its own."""
    with installation() as settings:
        line = measure(settings, int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
        connection.close()
    Console().print(line)


if __name__ == "__main__":
    main()
