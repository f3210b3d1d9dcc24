"""The document says what is there, is valid, and its examples work; the page needs nobody else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator

Client = TestClient[Litestar]


def document(client: Client, prefix: str) -> Any:
    response = client.get(f"{prefix}/openapi.json")
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/dev"])
def test_it_is_valid(fmw: Client, prefix: str) -> None:
    OpenAPIV31SpecValidator(document(fmw, prefix)).validate()


def test_odd_names_are_valid_too(client: Client) -> None:
    found = document(client, "/api/v1")
    OpenAPIV31SpecValidator(found).validate()
    path = f"/{quote('이상한 이름')}"
    names = [p["name"] for p in found["paths"][path]["get"]["parameters"] if "name" in p]
    assert names == ["a.b", '"select"', "row", '"format"']


def test_it_says_what_the_catalog_says(fmw: Client) -> None:
    found = document(fmw, "/api/v1")
    assert {"/features", "/all", "/{feature_group}", "/home", "/features/query"} <= {
        *found["paths"]
    }
    read = found["paths"]["/features"]["get"]
    assert read["summary"].startswith("The current state")
    [status] = [p for p in read["parameters"] if p.get("name") == "status"]
    assert "standard name" in status["description"]
    row = found["components"]["schemas"]["row.features"]["properties"]
    assert row["feature_id"]["type"] == ["integer", "null"]
    assert "type" not in row["attributes"]
    dev = document(fmw, "/api/dev")["paths"]
    assert "post" in dev["/sync/run"]
    assert "get" in dev["/runs"]


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/dev"])
def test_every_example_works(fmw: Client, prefix: str) -> None:
    asked = 0
    for path, operations in document(fmw, prefix)["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if "example" in parameter:
                query = {parameter["name"]: parameter["example"], "limit": "1"}
                path_ = path.replace("{feature_group}", "결제")
                response = fmw.get(f"{prefix}{path_}", params=query)
                assert response.status_code == 200, (path, query, response.text)
                asked += 1
    assert asked > 50


@pytest.mark.parametrize("prefix", ["/api/v1", "/api/dev"])
def test_the_page_needs_nothing_from_outside(fmw: Client, prefix: str) -> None:
    response = fmw.get(f"{prefix}/docs")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "<script" not in response.text
    links = re.findall(r'(?:href|src)="([^"]*)"', response.text)
    assert all(link.startswith(("#", prefix)) for link in links)
    for link in links:
        if link.startswith("/"):
            assert fmw.get(link.replace("&amp;", "&")).status_code == 200, link
