"""One feature's values and timeline."""

from __future__ import annotations

from nicegui.element import Element


class Detail(Element, component="detail.js"):
    """The browser fetches the feature and its history."""

    def __init__(self, feature_id: str) -> None:
        """Show the feature with this id; text that is no id shows as not found."""
        super().__init__()
        self._props["feature"] = feature_id if feature_id.isdecimal() else ""
