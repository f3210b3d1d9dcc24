"""What changed, by day and run."""

from __future__ import annotations

from nicegui.element import Element


class Changes(Element, component="changes.js"):
    """All state is in the page's URL; the component needs nothing from the server."""
