"""Settings: one file, FMW_* variables on top, and no unknown name passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmw.errors import SettingsError
from fmw.settings import load_settings


def write(folder: Path, text: str) -> dict[str, str]:
    path = folder / "fmw.toml"
    path.write_text(text, encoding="utf-8")
    return {"FMW_CONFIG": str(path)}


def test_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert (settings.database_url, settings.gateway_port) == ("", 8000)
    assert settings.path(settings.var) == tmp_path / "var"


def test_variable_wins_over_file_and_is_converted(tmp_path: Path) -> None:
    environ = write(tmp_path, 'gateway_port = 9000\nvar = "data"\n')
    settings = load_settings(environ | {"FMW_GATEWAY_PORT": "9100"})
    assert settings.gateway_port == 9100
    assert settings.path(settings.var) == tmp_path / "data"


def test_relative_paths_count_from_the_configuration(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, ""))
    assert settings.path(settings.sources) == tmp_path / "sources.toml"


@pytest.mark.parametrize(
    ("text", "variables", "message", "hint"),
    [
        ("gatewayport = 1", {}, "gatewayport", "gateway_port"),
        ("", {"FMW_GATEWAY_PROT": "1"}, "FMW_GATEWAY_PROT", "gateway_port"),
        ('gateway_port = "many"', {}, "gateway_port", "settings.md"),
        ("gateway_port = ", {}, "not valid TOML", "correct that line"),
        ('home = "x"', {}, "home", "settings.md"),
    ],
)
def test_mistake_names_the_place_and_the_remedy(
    tmp_path: Path, text: str, variables: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(write(tmp_path, text) | variables)
    assert hint in caught.value.hint


def test_file_named_by_the_environment_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings({"FMW_CONFIG": str(tmp_path / "no.toml")})


def test_byte_order_mark_of_notepad_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "fmw.toml"
    path.write_bytes(b"\xef\xbb\xbfgateway_port = 9000\n")
    assert load_settings({"FMW_CONFIG": str(path)}).gateway_port == 9000
