"""Django: one `update_or_create` a row, in one transaction."""

from __future__ import annotations

import csv
from pathlib import Path

import django
from django.conf import settings as django_settings
from django.db import connection, models, transaction
from psycopg.conninfo import conninfo_to_dict


class Peer:
    """A model like a feature, without any history."""

    name = "Django update_or_create"

    def __init__(self, conninfo: str, _folder: Path) -> None:
        """Configure Django for the server and make the model's table."""
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
                    models.UniqueConstraint(
                        fields=["group", "name", "environment"], name="identity"
                    ),
                )

        with connection.schema_editor() as editor:
            editor.create_model(Feature)
        self._feature = Feature

    def take(self, path: Path) -> None:
        """Read the file and save each row."""
        feature = self._feature
        fields = [field.name for field in feature._meta.get_fields() if field.name != "id"]
        with path.open(encoding="utf-8", newline="") as stream, transaction.atomic():
            for record in list(csv.reader(stream))[1:]:
                values = dict(zip(fields, record, strict=True))
                identity = {name: values.pop(name) for name in fields[:3]}
                feature._default_manager.update_or_create(defaults=values, **identity)

    def close(self) -> None:
        """Leave the server."""
        connection.close()
