"""What all commands share: where they write, what they take as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

console = Console(width=None if sys.stdout.isatty() else 160)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
