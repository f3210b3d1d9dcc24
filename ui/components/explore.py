"""The explorer: facets, search and an AG Grid that fetches its rows in blocks."""

from __future__ import annotations

import nicegui.elements.aggrid  # noqa: F401  (puts "nicegui-aggrid" into the import map)
from nicegui.element import Element


class Explore(Element, component="explore.js"):
    """All state is in the page's URL; the component needs nothing from the server."""
