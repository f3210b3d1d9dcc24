"""A big workbook is read in bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from tests.tools import THOROUGH

ROWS = 1_000_000 if THOROUGH else 50_000
MEGABYTES = 300 if THOROUGH else 130
READ = """
import sys, psutil
from etl.declaration import Source
from etl.delivery import find_files
from etl.sources import open_reader
source = Source(
    name="t", kind="xlsx", path=sys.argv[1],
    columns={"feature_group": "그룹", "feature_name": "기능 ID", "since": "도입"},
)
rows = 0
with open_reader(source, find_files(source)) as reader:
    for part in reader.parts([], careful=False):
        for block in part.blocks:
            rows += block.count(b"\\n")
memory = psutil.Process().memory_info()
print(rows, getattr(memory, "peak_wset", None) or open("/proc/self/status").read()
      .partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.slow
def test_memory_is_bounded(tmp_path: Path) -> None:
    """Texts shared, as Excel writes them: the harder of the two ways."""
    path = tmp_path / "big.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("기능")
        sheet.write_row(0, 0, ["그룹", "기능 ID", "상태", "도입", "제목"])
        for row in range(1, ROWS + 1):
            sheet.write_row(
                row, 0, [f"그룹 {row // 200}", f"기능-{row:07d}", "사용", row % 30, f"제목 {row}"]
            )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", READ, str(path)],
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    rows, peak = map(int, done.stdout.split())
    assert rows == ROWS
    assert peak < MEGABYTES << 10, peak
