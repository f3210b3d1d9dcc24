"""Cut the small test sets in this folder out of the full public ones, and count what must come out.

    python tests/data/cut.py FULL_SETS [--out FOLDER]

FULL_SETS is the folder that holds `web-features/`, `k8s-gates-ko/` and `expected/`; it is not part
of the repository. Everything under `web-features/` and `k8s-gates-ko/` here, except the READMEs,
is written anew, byte for byte the same each time. The counting is first tried on the full sets
against their own `expected/*.json`; if one number differs, nothing is written.

How steps are counted: a step compares two full deliveries. Identity is (group, name, environment).
A row that leaves one group and enters another in the same step, under the same name and
environment, one to one, is a move: one update, not a removal and a creation. A row that comes back
counts as created.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = dict[str, str]
Identity: TypeAlias = tuple[str, str, str]
Snapshot: TypeAlias = dict[Identity, Row]
Step: TypeAlias = dict[str, object]
Version: TypeAlias = tuple[str, str]  # name, ISO date

VERSIONS = {"web-features": 6, "k8s-gates-ko": 4}
WEB_PREFIXES = ("0b", "1d", "a0", "e4")
WEB_NAMES = ("transferable-arraybuffer", "gravity-sensor")  # there and back again; a late removal
GATE_PREFIXES = ("4", "7")
GATE_NAMES = ("AllowInsecureBackendProxy", "HugePages", "Accelerators", "DynamicAuditing")
INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")

log = logging.getLogger("cut")


def main() -> None:
    """Check the counting on the full sets, then write the small ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("full", type=Path, help="folder of the full sets")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where to write")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    full: Path = arguments.full
    check_counting(full)
    cut_web_features(full / "web-features", arguments.out / "web-features")
    cut_gates(full / "k8s-gates-ko", arguments.out / "k8s-gates-ko")


# Counting


def steps_of(versions: Iterable[Version], snapshots: Iterable[Snapshot]) -> list[Step]:
    """Count each snapshot against the one before it; the first against nothing."""
    before: Snapshot = {}
    steps = []
    for (version, date), after in zip(versions, snapshots, strict=True):
        steps.append({"version": version, "date": date} | count_step(before, after))
        before = after
    return steps


def count_step(before: Snapshot, after: Snapshot) -> Step:
    """Return active, created, updated, removed, moved, unchanged and by_status of one step."""
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    moved = _moved_pairs(new, gone)
    kept = after.keys() & before.keys()
    changed = sum(before[identity] != after[identity] for identity in kept)
    return {
        "active": len(after),
        "created": len(new) - moved,
        "updated": changed + moved,
        "removed": len(gone) - moved,
        "moved": moved,
        "unchanged": len(kept) - changed,
        "by_status": dict(sorted(Counter(row["status"] for row in after.values()).items())),
    }


def _moved_pairs(new: Iterable[Identity], gone: Iterable[Identity]) -> int:
    arrived, left = Counter(key[1:] for key in new), Counter(key[1:] for key in gone)
    return sum(arrived[pair] == left[pair] == 1 for pair in arrived)


def daily_counts(steps: Sequence[Step], snapshots: Sequence[Snapshot]) -> list[Row]:
    """Return rows (date, feature_group, status, count), only for the days of a delivery."""
    counts: list[Row] = []
    for step, snapshot in zip(steps, snapshots, strict=True):
        tally = Counter((key[0], row["status"]) for key, row in snapshot.items())
        counts += [
            {"date": str(step["date"]), "feature_group": group, "status": status, "count": str(n)}
            for (group, status), n in sorted(tally.items())
        ]
    return counts


# The counting is right if it agrees with the full sets' own numbers


def check_counting(full: Path) -> None:
    """Recount the three full sets; raise SystemExit at the first number that differs."""
    for part, expected in (("csv", "web-features"), ("by-browser", "web-features-by-browser")):
        versions = _versions(full / "web-features")
        rows = [read_rows(full / "web-features" / part / f"{name}.csv.gz") for name, _ in versions]
        _compare(full, expected, versions, [web_snapshot(each) for each in rows])
    gates = full / "k8s-gates-ko"
    names = read_name_map(gates / "name_map.csv")
    versions = _versions(gates)
    tables = [read_rows(gates / "csv" / f"{name}.csv") for name, _ in versions]
    _compare(full, "k8s-gates-ko", versions, [gate_snapshot(each, names) for each in tables])


def _compare(full: Path, name: str, versions: list[Version], snapshots: list[Snapshot]) -> None:
    expected = json.loads((full / "expected" / f"{name}.json").read_text(encoding="utf-8"))["steps"]
    steps = steps_of(versions, snapshots)
    for counted, wanted in zip(steps, expected, strict=True):
        moved = wanted["moved_group"]
        target = {key: wanted[key] for key in ("version", "date", "active", "by_status")} | {
            "created": wanted["C"] - moved,
            "updated": wanted["U"] + moved,
            "removed": wanted["D"] - moved,
            "moved": moved,
        }
        if differing := {key: counted[key] for key in target if counted[key] != target[key]}:
            raise SystemExit(f"{name} {wanted['version']}: counted {differing}, expected {target}")
    published = gzip.decompress((full / "expected/daily_counts" / f"{name}.csv.gz").read_bytes())
    wanted_days = list(csv.DictReader(io.StringIO(published.decode("utf-8"), newline="")))
    counted_days = daily_counts(steps, snapshots)
    if counted_days != [{key: row[key] for key in counted_days[0]} for row in wanted_days]:
        raise SystemExit(f"{name}: the daily counts differ")
    log.info("%s: %d steps and %d daily counts agree", name, len(steps), len(counted_days))


# web-features: the canonical columns as they are


def cut_web_features(full: Path, out: Path) -> None:
    """Write both parts' first versions, cut to the chosen features, and what they must give."""
    versions = _versions(full)[: VERSIONS["web-features"]]
    chosen = _chooser(WEB_PREFIXES, WEB_NAMES)
    expected: dict[str, object] = {}
    for part in ("csv", "by-browser"):
        tables = []
        for version, _ in versions:
            rows = read_rows(full / part / f"{version}.csv.gz")
            tables.append([row for row in rows if chosen(row["feature_name"])])
            write_rows(out / part / f"{version}.csv", tables[-1])
        snapshots = [web_snapshot(rows) for rows in tables]
        steps = steps_of(versions, snapshots)
        expected[part] = {"steps": steps}
        suffix = "" if part == "csv" else "_by_browser"
        days = daily_counts(steps, snapshots)
        write_rows(out / f"expected_daily_counts{suffix}.csv", days)
        _report(f"web-features/{part}", steps)
    write_json(out / "expected.json", expected)


def web_snapshot(rows: Iterable[Row]) -> Snapshot:
    """Index canonical rows by identity; every column beside the identity is tracked."""
    return {(row["feature_group"], row["feature_name"], row["environment"]): row for row in rows}


# Kubernetes feature gates, Korean: a table row per gate and stage


def cut_gates(full: Path, out: Path) -> None:
    """Write the first tables cut to the chosen gates, the name map, and what they must give."""
    versions = _versions(full)[: VERSIONS["k8s-gates-ko"]]
    chosen = _chooser(GATE_PREFIXES, GATE_NAMES)
    names = read_name_map(full / "name_map.csv")
    tables = []
    for version, _ in versions:
        rows = read_rows(full / "csv" / f"{version}.csv")
        tables.append([row for row in rows if chosen(clean(row["기능"]))])
        write_rows(out / "csv" / f"{version}.csv", tables[-1])
    snapshots = [gate_snapshot(rows, names) for rows in tables]
    steps = steps_of(versions, snapshots)
    for step, table in zip(steps, tables, strict=True):
        step["rows"] = len(table)
    aliases = [{"domain": d, "alias": a, "standard": s} for (d, a), s in names.items()]
    write_rows(out / "name_map.csv", aliases)
    write_rows(out / "expected_daily_counts.csv", daily_counts(steps, snapshots))
    write_json(out / "expected.json", {"steps": steps})
    _report("k8s-gates-ko", steps)


def gate_snapshot(rows: Iterable[Row], names: Mapping[tuple[str, str], str]) -> Snapshot:
    """Map a table to features: the last row of a gate wins, stages go through the name map."""
    snapshot: Snapshot = {}
    for raw in rows:
        row = {column: clean(value) for column, value in raw.items()}
        snapshot["쿠버네티스", row["기능"], "all"] = {
            "status": names.get(("status", row["단계"]), row["단계"]),
            "since": row["도입"],
            "until": row["종료"],
            "default_value": row["디폴트"],
            "title": row["기능"],
            "description": row["설명"],
        }
    return snapshot


def clean(text: str) -> str:
    """Return the text without zero-width characters, in NFC, trimmed and single-spaced."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def read_name_map(path: Path) -> dict[tuple[str, str], str]:
    """Return (domain, alias) -> standard name."""
    return {(row["domain"], clean(row["alias"])): row["standard_name"] for row in read_rows(path)}


# Choosing, reading, writing


def _chooser(prefixes: tuple[str, ...], names: tuple[str, ...]) -> Callable[[str], bool]:
    """Choose a name if it is listed, or if the hex sha256 of it begins with one of the prefixes."""
    return lambda name: (
        name in names or hashlib.sha256(name.encode()).hexdigest().startswith(prefixes)
    )


def _versions(folder: Path) -> list[Version]:
    listed = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    return [(entry.get("version", entry["date"]), entry["date"]) for entry in listed]


def read_rows(path: Path) -> list[Row]:
    """Read a UTF-8 CSV, gzipped or not, into one dict per row."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as UTF-8 CSV with LF; all rows have the columns of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json(path: Path, value: object) -> None:
    """Write readable JSON: two spaces, Korean as it is, LF at the end."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _report(name: str, steps: Iterable[Step]) -> None:
    """Log the steps; raise SystemExit at one that the removal guard of a sync would hold."""
    before = 0
    for step in steps:
        active, removed = int(str(step["active"])), int(str(step["removed"]))
        if removed >= 10 and removed > before / 5:
            raise SystemExit(f"{name} {step['version']} would be held: choose other names")
        log.info("%s %s", name, json.dumps(step, ensure_ascii=False))
        before = active


if __name__ == "__main__":
    main()
