"""Schemathesis asks a running gateway for what its OpenAPI documents promise, and for nonsense."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.process import Gateway

BEYOND_SCHEMAS = "positive_data_acceptance"
"""What is not checked: no schema can say which texts the grammar of the filters has."""
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 404, 405, 406, 413, 414, 416]
"""


@pytest.mark.parametrize(
    ("root", "phases"),
    # the second has three times as many paths of the same machinery
    [("/api/v1", "examples,coverage,fuzzing"), ("/api/dev", "examples,fuzzing")],
)
def test_the_document_is_kept_to(running: Gateway, tmp_path: Path, root: str, phases: str) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
    command = [
        *(Path(sys.executable).with_name("schemathesis"), "run"),
        f"http://127.0.0.1:{running.port}{root}/openapi.json",
        *("--checks", "all", "--exclude-checks", BEYOND_SCHEMAS, "--continue-on-failure"),
        *(
            "--phases",
            phases,
            "--max-examples",
            "5",
            "--seed",
            "1",
            "--generation-database",
            "none",
            "--no-color",
        ),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    assert not done.returncode, done.stdout
