"""The snapshot files, as the browser reads them when the gateway is away."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.responses import FileResponse, JSONResponse, Response
from nicegui import app

_FOLDER = re.compile(r"\d+-(\d{8}T\d{12}Z)")
"""Version and moment of writing; a folder gets its name when it is complete."""
_FILE = re.compile(r"[a-z_]+\.json")


def newest(folder: Path) -> Path | None:
    """Return the folder of the newest whole snapshot under `folder`; None = there is none."""
    return max(_whole(folder), key=lambda path: path.name.split("-")[1], default=None)


def _whole(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if _FOLDER.fullmatch(path.name)]
    except OSError:
        return []


def add(folder: Path) -> None:
    """Serve what nginx serves with `autoindex_format json`: a list of versions, and their files."""

    @app.get("/snap/", include_in_schema=False)
    def versions() -> Response:
        listed = [{"name": path.name, "type": "directory"} for path in _whole(folder)]
        return JSONResponse(listed, headers={"Cache-Control": "no-store"})

    @app.get("/snap/{version}/{name}", include_in_schema=False)
    def file(version: str, name: str) -> Response:
        path = folder / version / name
        if not (_FOLDER.fullmatch(version) and _FILE.fullmatch(name) and path.is_file()):
            return JSONResponse({"message": f"no {version}/{name}"}, 404)
        return FileResponse(path, headers={"Cache-Control": "max-age=86400, immutable"})
