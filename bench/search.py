"""Search among N features, against a scan with ILIKE: `python -m bench.search [FEATURES]`.

Titles and descriptions are drawn from 4,000 made-up Korean words, the frequent far more often than
the rare, as in real text. Each kind of term is asked ten times with another word: for the first
fifty in the order of feature_id, and for the count.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator

import psycopg
from rich.console import Console
from rich.table import Table

from bench.installation import installation
from db.connection import READER, admin_conninfo, connect
from fmw.settings import Settings

TARGET = 80
"""Milliseconds, P95, at a million features."""
SYLLABLES = [chr(0xAC00 + 28 * n + n % 5) for n in range(0, 390, 3)]
ASKED = {
    "first 50": "select * from {} order by feature_id limit 50",
    "count": "select count(*) from {}",
}
INDEX = "api.search_features('{}')"
SCAN = "api.features where title ilike '%{0}%' or description ilike '%{0}%'"


def vocabulary() -> list[str]:
    """Return 4,000 words of two to four syllables, the most frequent first."""
    dice = random.Random(11)  # noqa: S311  not for secrets
    words: dict[str, None] = {}
    while len(words) < 4000:
        words["".join(dice.choices(SYLLABLES, k=dice.choice([2, 2, 3, 4])))] = None
    return list(words)


def rows(count: int, words: list[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield (group, name, title, description) of each feature."""
    dice = random.Random(12)  # noqa: S311  not for secrets
    weights = [1 / (rank + 8) for rank in range(len(words))]
    for number in range(count):
        text = dice.choices(words, weights, k=14)
        yield f"그룹 {number // 200}", f"f-{number:07d}", " ".join(text[:4]), " ".join(text[4:])


def fill(settings: Settings, count: int, words: list[str]) -> None:
    """Load the features past the ledger, which is not asked here, and publish them."""
    with psycopg.connect(admin_conninfo(settings), autocommit=True) as admin:
        admin.execute("create unlogged table bench_rows (g text, n text, t text, d text)")
        with admin.cursor().copy("copy bench_rows from stdin") as copy:
            for row in rows(count, words):
                copy.write_row(row)
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "insert into core.features"
            " (identity_hash, source, feature_group, feature_name, title, description)"
            " select core.identity_hash('feature', g, n, 'all'), 'bench', g, n, t, d"
            " from bench_rows"
        )
        admin.execute("refresh materialized view api.features")
        admin.execute("vacuum analyze api.features")


def terms(words: list[str]) -> dict[str, list[str]]:
    """Return ten terms of each kind."""
    two = [word for word in words if len(word) == 2]
    long = [word for word in words if len(word) == 4]
    return {
        "two syllables, common": two[20:120:10],
        "two syllables, rare": two[-100::10],
        "four syllables, common": long[5:55:5],
        "half of a rare word": [word[1:] for word in long[-50::5]],
        "two words": [f"{a} {b}" for a, b in zip(two[20:30], long[5:15], strict=True)],
        "in nothing": [
            "쀍쀍",
            "쀍쀎쀏",
            "없는쀍",
            "zqxj",
            "쀍a",
            "xqz쀍",
            "쀎쀎",
            "q쀏",
            "쀍쀏쀎",
            "zzqx",
        ],
    }


def measure(settings: Settings, count: int) -> Table:
    """Return a line per kind of term and question."""
    words = vocabulary()
    fill(settings, count, words)
    table = Table(title=f"{count:,} features, milliseconds")
    for name in ("term", "asked for", "median", "P95", "scan", "target"):
        table.add_column(name, justify="left" if name in {"term", "asked for"} else "right")
    with connect(settings, READER) as conn:
        for kind, examples in terms(words).items():
            for what, query in ASKED.items():
                found = [_milliseconds(conn, query.format(INDEX.format(term))) for term in examples]
                scan = _milliseconds(conn, query.format(SCAN.format(examples[0])))
                table.add_row(
                    kind,
                    what,
                    f"{statistics.median(found):.1f}",
                    f"{sorted(found)[-1]:.1f}",
                    f"{scan:.0f}",
                    str(TARGET),
                )
    return table


def _milliseconds(conn: psycopg.Connection, query: str) -> float:
    conn.execute(query.encode()).fetchall()
    began = time.perf_counter()
    conn.execute(query.encode()).fetchall()
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure in an installation of its own."""
    with installation() as settings:
        table = measure(settings, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
