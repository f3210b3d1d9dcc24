"""What browsers get of the viewer's JavaScript: the shared modules as one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools import needs
from ui import modules
from ui.theme import STATIC


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "index.js").write_text('export * from "./a.js";\nexport * from "./b.js";\n')
    (folder / "a.js").write_text("const own = 1;\nexport const two = () => own + 1;\n")
    (folder / "b.js").write_text(
        'import { two } from "./a.js";\nimport list from "./c.json" with { type: "json" };\n'
        "const own = two();\nexport async function five() {\n  return own + list.length;\n}\n"
    )
    (folder / "c.json").write_text("[0, 0, 0]\n")
    (folder / "alone.js").write_text('import { two } from "fmw";\n')
    return folder


def test_modules_are_linked_each_with_names_of_its_own(source: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    modules.build(source, built)
    assert sorted(path.name for path in built.iterdir()) == ["alone.js", "index.js"]
    code = (
        f'import {{ two, five }} from "{built.as_uri()}/index.js"; console.log(two(), await five())'
    )
    (tmp_path / "main.mjs").write_text(code)
    (built / "package.json").write_text('{"type": "module"}')
    done = subprocess.run([needs("node"), tmp_path / "main.mjs"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2 5\n", "")


def test_what_was_built_before_is_gone(source: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    modules.build(source, built)
    (source / "alone.js").unlink()
    modules.build(source, built)
    assert [path.name for path in built.iterdir()] == ["index.js"]


@pytest.mark.parametrize(
    "line",
    ["export default 1;", "import {", 'import "./a.js";', "export { own };", "export let x;"],
)
def test_a_form_that_cannot_be_linked_is_named_with_its_place(source: Path, line: str) -> None:
    with (source / "b.js").open("a") as file:
        file.write(line)
    with pytest.raises(ValueError, match=r"b\.js, line 7: cannot link"):
        modules.build(source, source.parent / "built")


def test_ours_share_no_name(tmp_path: Path) -> None:
    modules.build(STATIC, tmp_path)
    check = [needs("node"), "--check", "--input-type=module"]
    text = (tmp_path / "index.js").read_text(encoding="utf-8")
    done = subprocess.run(check, input=text, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
