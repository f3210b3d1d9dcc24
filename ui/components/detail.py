"""One feature's values and timeline."""

from __future__ import annotations

from nicegui.element import Element


class Detail(Element, component="detail.js"):
    """The browser fetches the feature and its history."""

    def __init__(self, feature_id: int | None) -> None:
        """Show the feature with this id; None shows as not found."""
        super().__init__()
        self._props["feature"] = "" if feature_id is None else str(feature_id)
