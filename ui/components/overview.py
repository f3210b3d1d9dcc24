"""How the numbers grew: a chart of days, and the same numbers as a table."""

from __future__ import annotations

import nicegui.elements.echart  # noqa: F401  (puts "nicegui-echart" into the import map)
from nicegui.element import Element


class Overview(Element, component="overview.js"):
    """All state is in the page's URL; the component needs nothing from the server."""
