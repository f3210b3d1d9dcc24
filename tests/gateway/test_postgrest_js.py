"""PostgREST's JavaScript client, as it is, against the gateway as a process."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import msgspec
import pytest

from fmw.settings import Settings
from tests.gateway.process import serving
from tests.npm import JS, packages
from tests.tools import needs

Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=["csv with a schema", "json"])
def results(request: pytest.FixtureRequest, sample_settings: Settings) -> Results:
    """What each call of js/calls.mjs brought: data, code, count, status.

    By itself the client does not say who it is: where CSV is the default it needs the schema.
    """
    node, folder = needs("node"), packages(JS)
    form, *with_schema = request.param.split(maxsplit=1)
    patient = msgspec.structs.replace(
        sample_settings,
        gateway_format=form,
        gateway_statement_timeout=20.0,
        gateway_pool_timeout=20.0,
    )
    with serving(patient) as gateway:
        address = f"http://127.0.0.1:{gateway.port}/api/v1"
        command = [node, str(JS / "calls.mjs"), str(folder), address]
        command += ["sample"] if with_schema else []
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60)
    found: Results = json.loads(done.stdout)
    return found


IDS = {
    "all": [1, 2, 3, 4, 5, 6],
    "star": [1, 2, 3, 4, 5, 6],
    "schema": [1, 2, 3, 4, 5, 6],
    "group": [1, 2, 3],
    "eq": [3, 5],
    "eq_reserved": [2],
    "eq_empty": [6],
    "neq": [1, 2, 6],
    "gt_lte": [3, 4],
    "gte_lt": [1],
    "like": [1],
    "ilike": [4, 5],
    "like_all": [4, 5],
    "like_any": [4, 5, 6],
    "ilike_all": [4, 5],
    "ilike_any": [1, 2, 3, 4, 5],
    "is_null": [4],
    "in": [1, 3],
    "in_numbers": [1, 2, 3],
    "in_quote": [1],
    "in_empty": [],
    "not": [2, 4, 6],
    "not_in": [3, 4, 5, 6],
    "or": [1, 5],
    "contains": [1],
    "contained": [4, 6],
    "path": [1],
    "match": [1, 2],
    "filter": [3, 4],
    "distinct": [3, 4, 5],
    "order": [6, 5],
    "order_twice": [5, 4, 3, 1, 2, 6],
    "nulls_first": [4],
    "range": [2, 3, 4],
    "count_exact": [1, 2],
    "count_planned": [1, 2],
    "count_estimated": [1, 2],
}
DATA: dict[str, Any] = {
    "columns": [{"feature_id": 4, "status": None}],
    "renamed": [{"번호": "1", "name": "정산"}],
    "quoted": [{"가격 (원)": 1000}],
    "aggregates": [
        {"feature_group": "User Login", "n": 2, "max": 5},
        {"feature_group": "결제", "n": 3, "max": 3},
        {"feature_group": "알림/푸시", "n": 1, "max": 6},
    ],
    "single": {"feature_id": 3},
    "maybe_single": {"feature_id": 3},
    "maybe_none": None,
    "head": None,
    "csv": "feature_id,status\n4,\n",
}
COUNTS = {"count_exact": 6, "count_planned": 6, "count_estimated": 6, "head": 1}
CODES = {
    "other_schema": "PGRST106",
    "text_search": "PGRST127",
    "range_filter": "PGRST127",
    "embedded": "PGRST127",
    "beyond": "PGRST103",
    "single_of_many": "PGRST116",
    "maybe_of_many": "PGRST116",
    "explain": "PGRST107",
    "geojson": "PGRST107",
    "no_view": "PGRST205",
    "no_column": "42703",
    "bad_value": "22P02",
}


def test_every_call_is_expected(results: Results) -> None:
    assert results.keys() == IDS.keys() | DATA.keys() | CODES.keys()
    assert {name for name, result in results.items() if result["code"]} == CODES.keys()


@pytest.mark.parametrize("name", IDS)
def test_rows(results: Results, name: str) -> None:
    assert [row["feature_id"] for row in results[name]["data"]] == IDS[name]


@pytest.mark.parametrize("name", DATA)
def test_data(results: Results, name: str) -> None:
    assert results[name]["data"] == DATA[name]


def test_counts(results: Results) -> None:
    found = {name: result["count"] for name, result in results.items()}
    assert {name: count for name, count in found.items() if count is not None} == COUNTS


@pytest.mark.parametrize("name", CODES)
def test_errors_have_their_codes(results: Results, name: str) -> None:
    assert (results[name]["code"], results[name]["data"]) == (CODES[name], None)
