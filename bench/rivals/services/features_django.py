"""The features by Django REST framework; gunicorn runs `application`."""

from __future__ import annotations

import os
from typing import Any

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django_filters", "rest_framework"],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
            "USER": os.environ["PGUSER"],
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ.get("PGPORT", ""),
            "OPTIONS": {
                "pool": {"min_size": 1, "max_size": int(os.environ["BENCH_POOL"])},
            },
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 100,
        "DEFAULT_RENDERER_CLASSES": [
            "rest_framework.renderers.JSONRenderer",
            "rest_framework_csv.renderers.PaginatedCSVRenderer",
        ],
        "DEFAULT_FILTER_BACKENDS": [
            "django_filters.rest_framework.DjangoFilterBackend",
            "rest_framework.filters.OrderingFilter",
        ],
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  after the settings
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402


class Feature(models.Model):  # type: ignore[misc]
    """A row of the materialized view."""

    feature_id = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    feature_group = models.TextField()
    feature_name = models.TextField()
    environment = models.TextField()
    status = models.TextField()
    owner = models.TextField()
    since = models.DateField()
    title = models.TextField()
    description = models.TextField()
    url = models.TextField()
    attributes = models.JSONField()
    source = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        """It is Postgres' to make."""

        app_label = "bench"
        managed = False
        db_table = '"bench"."features"'


class FeatureSerializer(serializers.ModelSerializer[Any]):  # type: ignore[misc]
    """All of it."""

    class Meta:
        """Of the model."""

        model = Feature
        fields = "__all__"


class Features(generics.ListAPIView[Any]):  # type: ignore[misc]
    """A page of features."""

    queryset = Feature.objects.all()
    serializer_class = FeatureSerializer
    filterset_fields = ("feature_group", "status")
    ordering_fields = ("feature_id", "changed_at")
    ordering = ("feature_id",)


urlpatterns = [path("features", Features.as_view())]
application = get_wsgi_application()
