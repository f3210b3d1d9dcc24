"""The browser's modules: what more than one screen needs comes as one file, the rest when needed.

Sources are plain ES modules in `static/`. Node's tests and the fallback page, which nginx serves,
run them as they are; the viewer links those that `index.js` names, for every request costs time.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

_LINKED = re.compile(r'^export \* from "\./(\w+)\.js";$', re.M)
_IMPORT = re.compile(r'^import (?P<what>.+) from "\./(?P<name>\w+)\.js";$', re.M)
_DATA = re.compile(r'^import (?P<what>\w+) from "\./(?P<file>\w+\.json)" with .+;$', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.M)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.M)


def build(source: Path, folder: Path) -> None:
    """Put the modules of `source` into `folder`, as browsers get them; it is whole, or not there.

    Raises `ValueError` for an import or export in a form that cannot be linked.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as name:
        made = Path(name) / "made"
        made.mkdir()
        _write(source, made)
        if not folder.is_dir():
            made.rename(folder)


def _write(source: Path, folder: Path) -> None:
    linked = _LINKED.findall((source / "index.js").read_text(encoding="utf-8"))
    for path in source.glob("*.js"):
        if path.stem not in linked:
            shutil.copyfile(path, folder / path.name)
    text = "".join(_wrapped(source / f"{name}.js") for name in linked)
    (folder / "index.js").write_text(text, encoding="utf-8")


def _wrapped(path: Path) -> str:
    """Return a module as a scope of its own, whose exports are exports of the whole."""
    text = path.read_text(encoding="utf-8")
    exported = ", ".join(_EXPORT.findall(text))
    text = _IMPORT.sub(r"const \g<what> = $\g<name>;", text)
    text = _DATA.sub(lambda found: f"const {found['what']} = {_data(path, found)};", text)
    text = _EXPORT.sub("", text)
    if other := _OTHER.search(text):
        line = text[: other.start()].count("\n") + 1
        raise ValueError(
            f"{path.name}, line {line}: cannot link {other[0]!r}: write it on one line"
        )
    scope = f"const ${path.stem} = await (async () => {{\n{text}return {{ {exported} }};\n}})();\n"
    return f"{scope}export const {{ {exported} }} = ${path.stem};\n"


def _data(path: Path, found: re.Match[str]) -> str:
    return (path.parent / found["file"]).read_text(encoding="utf-8").strip()
