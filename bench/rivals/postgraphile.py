"""PostGraphile 4: GraphQL of the schema, JSON only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.http.data import PAGE, STATUS
from bench.http.load import http_request
from bench.http.processes import POOL, free_port, running
from bench.rivals.rival import every, npm_install

PACKAGE = "postgraphile@4.14.1"
FIELDS = (
    "featureId kind featureGroup featureName environment status owner since title description url"
    " attributes source changedAt"
)
GROUP = (
    "query($group: String!) { allFeatures(condition: {featureGroup: $group},"
    f" orderBy: FEATURE_ID_ASC) {{ nodes {{ {FIELDS} }} }} }}"
)
QUERY = (
    "query($group: String!, $status: String!) { allFeatures("
    "condition: {featureGroup: $group, status: $status},"
    " orderBy: [CHANGED_AT_DESC, FEATURE_ID_ASC],"
    f" first: {PAGE}) {{ nodes {{ {FIELDS} }} }} }}"
)


class Peer:
    """In production, without GraphiQL or log; its cache of parsed queries is on."""

    name = "PostGraphile"
    works = every(8, "json")

    @contextmanager
    def serve(self, environ: dict[str, str], folder: Path) -> Iterator[int]:
        """Run its command."""
        script = npm_install(folder, PACKAGE) / "postgraphile" / "cli.js"
        port = free_port()
        options = [
            "--disable-query-log",
            "--disable-graphiql",
            "--dynamic-json",
            "--schema",
            "bench",
        ]
        options += ["--max-pool-size", str(POOL), "--host", "127.0.0.1", "--port", str(port)]
        command = [
            str(shutil.which("node")),
            str(script),
            "--connection",
            "postgresql://",
            *options,
        ]
        with running(command, port, "/graphql", environ | {"NODE_ENV": "production"}):
            yield port

    def request(self, work: str, form: str, group: str) -> bytes:
        """POST the same text each time, with variables."""
        values = {"group": group} | ({"status": STATUS} if work == "query" else {})
        asked = {"query": QUERY if work == "query" else GROUP, "variables": values}
        return http_request("/graphql", body=json.dumps(asked, ensure_ascii=False).encode())
