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


def test_what_is_built_is_not_touched_again(source: Path, tmp_path: Path) -> None:
    built = tmp_path / "of" / "built"
    modules.build(source, built)
    before = (built / "index.js").stat()
    modules.build(source, built)
    assert (built / "index.js").stat() == before
    assert list(built.parent.iterdir()) == [built]


@pytest.mark.parametrize(
    "line",
    ["export default 1;", "import {", 'import "./a.js";', "export { own };", "export let x;"],
)
def test_a_form_that_cannot_be_linked_is_named_with_its_place(source: Path, line: str) -> None:
    with (source / "b.js").open("a") as file:
        file.write(line)
    with pytest.raises(ValueError, match=r"b\.js, line 7: cannot link"):
        modules.build(source, source.parent / "built")


def test_ours_export_linked_what_they_export_alone(tmp_path: Path) -> None:
    modules.build(STATIC, tmp_path / "built")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    code = f"""
        import * as alone from "fmw";
        import * as linked from "{(tmp_path / "built" / "index.js").as_uri()}";
        const names = (module) => Object.keys(module).filter((name) => module[name] !== undefined);
        const [wanted, found] = [names(alone), names(linked)];
        console.log(wanted.includes("startFrame"), wanted.join() === found.join());
    """
    (tmp_path / "main.js").write_text(code, encoding="utf-8")
    hooks = Path(__file__).with_name("js") / "hooks.mjs"
    command = [needs("node"), "--import", hooks.as_uri(), tmp_path / "main.js"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout == "true true\n", done.stderr
