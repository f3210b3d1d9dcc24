"""The pages as NiceGUI makes them, without a browser: which parts, with what given to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from nicegui.testing import User, user_simulation

from tests.tools import free_port
from ui.components.changes import Changes
from ui.components.detail import Detail
from ui.components.explore import Explore
from ui.components.overview import Overview

MAIN = Path(__file__).resolve().parents[2] / "ui" / "__main__.py"
Look = Callable[[User], Awaitable[None]]
Visit = Callable[[Look], None]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all: NiceGUI registers the modules built there once in a process."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def visit(var: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open pages of a viewer that has no gateway."""
    monkeypatch.setenv("FMW_GATEWAY_PORT", str(free_port()))
    monkeypatch.setenv("FMW_VAR", str(var))

    async def simulate(look: Look) -> None:
        async with user_simulation(main_file=MAIN) as user:
            await look(user)

    return lambda look: asyncio.run(simulate(look))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/explore?status=x", Explore),
        ("/changes?period=today", Changes),
        ("/overview?days=7", Overview),
        ("/f/7", Detail),
    ],
)
def test_a_screen_is_one_component(visit: Visit, path: str, kind: type) -> None:
    async def look(user: User) -> None:
        await user.open(path)
        assert len(user.find(kind).elements) == 1

    visit(look)


@pytest.mark.parametrize(("number", "given"), [("7", "7"), ("007", "7"), ("9" * 18, "9" * 18)])
def test_a_feature_is_given_by_its_number(visit: Visit, number: str, given: str) -> None:
    async def look(user: User) -> None:
        await user.open(f"/f/{number}")
        [detail] = user.find(Detail).elements
        assert detail.props["feature"] == given

    visit(look)


def test_home_needs_no_component(visit: Visit) -> None:
    async def look(user: User) -> None:
        await user.open("/")
        for kind in (Explore, Changes, Overview, Detail):
            await user.should_not_see(kind)

    visit(look)
