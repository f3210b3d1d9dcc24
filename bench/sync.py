"""Sync against bare COPY of the same file, in one run: `python -m bench.sync [ROWS [ROUNDS]]`.

Rows are Korean and English, about 340 bytes, 200 to a group; a third of the groups and a fifth of
the statuses are written as aliases; one column is JSON. The bare COPY loads the file into an
unlogged table of text columns and one jsonb column. A sync is everything `fmw sync` does between
opening the file and the end of the run's transaction; the refresh is shown beside it.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.installation import installation, settle
from db.connection import ETL, admin_conninfo, connect
from etl.declaration import Source
from etl.reading import File, read_blocks
from etl.runs import Order
from etl.sync import locked, refresh, sync_source
from fmw.settings import Settings

TARGETS = {
    "first load": (7.5, 6.8),
    "no-op (rewritten bytes)": (3.2, 2.6),
    "no-op (same bytes)": (0.2, 0.2),
    "1 % changed": (3.5, 3.0),
}
"""Ratios to bare COPY: below a million rows, and from there on."""
HEADER = "그룹,기능 ID,환경,상태,담당,도입,제목,설명,링크,속성"
SOURCE = Source(
    name="bench",
    kind="csv",
    path="bench.csv",
    max_removed=1.0,
    columns={
        "feature_group": "그룹",
        "feature_name": "기능 ID",
        "environment": "환경",
        "status": "상태",
        "owner": "담당",
        "since": "도입",
        "title": "제목",
        "description": "설명",
        "url": "링크",
        "attributes": "속성",
    },
)
WORDS = "결제 환불 로그인 인증 알림 배송 정책 회원 등급 쿠폰 검색 추천 주문 취소 통계 보안".split()  # noqa: SIM905
STATUSES = ("사용", "사용중", "중지", "검토", "예정")


def rows(count: int) -> list[list[str]]:
    """Return `count` deterministic rows, about 370 bytes each, 200 to a group."""
    dice = random.Random(7)  # noqa: S311  not for secrets
    return [
        [
            f"{'Group' if number % 3 else '그룹'} {number // 200:05d}",
            f"{dice.choice(WORDS)}-{number:07d}",
            "운영",
            dice.choice(STATUSES),
            f"{dice.choice(WORDS)}팀",
            f"2025-{number % 12 + 1:02d}-01",
            " ".join(dice.choices(WORDS, k=4)),
            " ".join(dice.choices(WORDS, k=20)),
            f"https://wiki.example/features/{number}",
            '"{""team"": ""platform-%d"", ""tier"": %d}"' % (number % 17, number % 3),  # noqa: UP031
        ]
        for number in range(count)
    ]


def write(path: Path, data: list[list[str]]) -> Path:
    """Write rows as plain CSV below the header."""
    path.write_text("\n".join([HEADER, *map(",".join, data)]) + "\n", encoding="utf-8")
    return path


def bare_copy(conn: psycopg.Connection, path: Path) -> None:
    """COPY the file into an unlogged table made for it, `bench_copy`."""
    names = HEADER.split(",")
    columns = ", ".join(f'"{name}" {"jsonb" if name == "속성" else "text"}' for name in names)
    conn.execute(f"create unlogged table bench_copy ({columns})")
    with conn.cursor().copy("copy bench_copy from stdin with (format csv, header)") as copy:
        for block in read_blocks(File(path.name, path)):
            copy.write(block)


def timed(action: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(settings: Settings, count: int, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Return per case the (sync, bare COPY) seconds of each round, COPY timed next to each sync."""
    data = rows(count)
    folder = settings.home
    first = write(folder / "first.csv", data)
    moved = write(folder / "moved.csv", data[1:] + data[:1])
    data[::100] = [[*row[:3], "종료", *row[4:]] for row in data[::100]]
    changed = write(folder / "changed.csv", data)
    results: dict[str, list[tuple[float, float]]] = {}
    with (
        psycopg.connect(admin_conninfo(settings), autocommit=True) as admin,
        connect(settings, ETL) as conn,
        locked(conn),
    ):

        def step(name: str, path: Path) -> None:
            settle(admin)
            floor = timed(lambda: bare_copy(admin, path))
            admin.execute("drop table bench_copy")  # or the sync would have to write it out
            took = timed(lambda: sync_source(conn, SOURCE, Order(files=[path])))
            results.setdefault(name, []).append((took, floor))

        admin.execute("select core.set_alias('status', '사용중', '사용')")
        for group in range(0, count, 200):
            alias, standard = f"그룹 {group // 200:05d}", f"Group {group // 200:05d}"
            admin.execute("select core.set_alias('feature_group', %s, %s)", [alias, standard])
        for _ in range(rounds):
            admin.execute("set session_replication_role = replica")  # past what refuses a truncate
            admin.execute(
                "truncate core.features, core.changes, core.daily_deltas, core.unpublished"
            )
            admin.execute("reset session_replication_role")
            admin.execute("update ops.sources set fingerprint = null")
            refresh(conn, forced=True)
            step("first load", first)
            floor = results["first load"][-1][1]
            results.setdefault("refresh after it", []).append((timed(lambda: refresh(conn)), floor))
            admin.execute("vacuum analyze core.features")  # as autovacuum does in its time
            step("no-op (rewritten bytes)", moved)
            step("no-op (same bytes)", moved)
            step("1 % changed", changed)
            results.setdefault("refresh after 1 %", []).append(
                (timed(lambda: refresh(conn)), floor)
            )
    return results


def show(results: dict[str, list[tuple[float, float]]], count: int) -> None:
    """Print the ratios: the median of the rounds, and the best and worst."""
    rounds = len(results["first load"])
    table = Table(title=f"{count:,} rows: sync / bare COPY, {rounds} rounds")
    for name in ("case", "seconds", "COPY", "ratio", "min", "max", "target"):
        table.add_column(name, justify="left" if name == "case" else "right")
    for name, pairs in results.items():
        ratios = sorted(took / floor for took, floor in pairs)
        table.add_row(
            name,
            f"{statistics.median(took for took, _ in pairs):.2f}",
            f"{statistics.median(floor for _, floor in pairs):.2f}",
            f"{statistics.median(ratios):.2f}",
            f"{ratios[0]:.2f}",
            f"{ratios[-1]:.2f}",
            f"{TARGETS[name][count >= 1_000_000]:.1f}" if name in TARGETS else "",
        )
    Console(width=110).print(table)


def main() -> None:
    """Measure in an installation of its own."""
    given = [int(word) for word in sys.argv[1:]]
    count, rounds = given + [100_000, 5][len(given) :]
    with installation() as settings:
        show(measure(settings, count, rounds), count)


if __name__ == "__main__":
    main()
