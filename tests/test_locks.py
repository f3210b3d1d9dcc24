"""Versions: one set of them, in both locks, in pyproject.toml and in what is installed."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from typing import Any

import msgspec
import pytest

from tests.files import ROOT, project_files, relative

_REQUIREMENT = re.compile(
    r"^([\w.-]+)==([^\s;\\]+)(?: ; ([^\\\n]+?))?((?: \\\n +--hash=sha256:[0-9a-f]{64})*)$",
    re.MULTILINE,
)
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "npmjs" + ".com")
"""In two pieces, so that this file does not name them itself."""


class Pin(msgspec.Struct, frozen=True):
    """One requirement of a lock."""

    name: str
    version: str
    marker: str
    hashes: str

    @property
    def text(self) -> str:
        """The requirement without its hashes."""
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def read_lock(name: str) -> dict[str, Pin]:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = {match[0]: Pin(*match) for match in _REQUIREMENT.findall(text)}
    lines = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert len(pins) == len(lines), "a line of the lock is not understood"
    return pins


@pytest.fixture(scope="module")
def development() -> dict[str, Pin]:
    return read_lock("requirements-dev.lock")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_constraints_are_the_development_lock(
    project: dict[str, Any], development: dict[str, Pin]
) -> None:
    """That is what makes `uv run` take the locked versions; `just lock` writes both."""
    constraints = project["tool"]["uv"]["constraint-dependencies"]
    assert constraints == [pin.text for pin in development.values()]


def test_every_pin_of_the_project_is_locked(
    project: dict[str, Any], development: dict[str, Pin]
) -> None:
    runtime = read_lock("requirements.lock")
    wanted = [(name, runtime) for name in project["project"]["dependencies"]]
    wanted += [(name, development) for name in project["dependency-groups"]["dev"]]
    for requirement, lock in wanted:
        name, version = re.sub(r"\[.*\]", "", requirement).split("==")
        assert (name in lock and lock[name].version) == version, requirement


def test_both_locks_agree(development: dict[str, Pin]) -> None:
    for name, pin in read_lock("requirements.lock").items():
        assert development[name].version == pin.version


def test_every_locked_version_has_hashes(development: dict[str, Pin]) -> None:
    assert [pin.text for pin in development.values() if not pin.hashes] == []


def test_installed_versions_are_the_locked_ones(development: dict[str, Pin]) -> None:
    def key(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    installed = {
        key(package.name): package.version for package in importlib.metadata.distributions()
    }
    other = {
        name: f"{installed[key(name)]} instead of {pin.version}"
        for name, pin in development.items()
        if installed.get(key(name), pin.version) != pin.version
    }
    assert other == {}


def test_no_file_names_a_registry_host() -> None:
    """Which registry an installation asks, a mirror or the public one, is its own business."""
    named = [
        relative(path)
        for path in project_files()
        if any(host.encode() in path.read_bytes() for host in REGISTRIES)
    ]
    assert named == []
