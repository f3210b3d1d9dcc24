"""Apply all current definitions, in the order of db/code/order.txt."""

from pathlib import Path

from yoyo import step

CODE = Path(__file__).resolve().parent.parent / "code"

for line in (CODE / "order.txt").read_text(encoding="utf-8").split():
    step((CODE / line).read_text(encoding="utf-8"))
