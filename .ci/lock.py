"""Lock every version: `just lock` (add `--upgrade` to move to newer ones).

Writes requirements.lock (what an installation runs) and requirements-dev.lock (that and the
tools), both with hashes, and repeats the second as `constraint-dependencies` in pyproject.toml:
that is what makes a plain `uv run` take exactly these versions.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "pyproject.toml"
RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
_LIST = re.compile(r"^constraint-dependencies = \[\n.*?^\]$", re.MULTILINE | re.DOTALL)
_PIN = re.compile(r"^([\w.-]+==[^\s\\]+(?: ; [^\\]+?)?)(?: \\)?$", re.MULTILINE)


def read_pins(lock: Path) -> list[str]:
    """Return the requirements of a lock as it writes them: "name==version", maybe " ; marker"."""
    return _PIN.findall(lock.read_text(encoding="utf-8"))


def write_constraints(pins: list[str]) -> None:
    """Replace the list in pyproject.toml."""
    # A marker holds single quotes only, so a TOML string needs no escapes.
    lines = "".join(f'    "{pin}",\n' for pin in pins)
    text = PROJECT.read_text(encoding="utf-8")
    text, found = _LIST.subn(lambda _: f"constraint-dependencies = [\n{lines}]", text)
    if found != 1:
        raise SystemExit(f"{PROJECT.name} holds no constraint-dependencies to replace")
    PROJECT.write_text(text, encoding="utf-8", newline="\n")


def compile_lock(output: str, *options: str) -> None:
    """Let uv resolve pyproject.toml for every platform and Python we support."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
    command += [PROJECT.name, "-o", output, *options]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own arguments


def main() -> None:
    """Write both locks and the constraints; leave pyproject.toml as it was if that fails."""
    before = read_pins(ROOT / DEVELOPMENT)
    write_constraints([])  # uv would hold on to the old versions
    try:
        compile_lock(RUNTIME, *sys.argv[1:])
        compile_lock(DEVELOPMENT, "--group", "dev", "-c", RUNTIME, *sys.argv[1:])
    except subprocess.CalledProcessError as exc:
        write_constraints(before)
        raise SystemExit(exc.returncode) from exc
    write_constraints(read_pins(ROOT / DEVELOPMENT))


if __name__ == "__main__":
    main()
