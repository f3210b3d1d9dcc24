"""Ask the gateway whether a feature ever existed, for the HTTP status of its page."""

from __future__ import annotations

import logging

import httpx

_log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.3
"""How long a page may wait for its status; after that it is 200, and the browser explains."""


class Existence:
    """One small indexed question per page (two for a removed feature)."""

    def __init__(self, gateway: str) -> None:
        """Prepare to ask the gateway at the base URL `gateway`; nothing is sent yet."""
        url = f"{gateway}/api/v1/"
        self._client = httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def denied(self, feature_id: int) -> bool:
        """Return whether the gateway said that there is no such feature, live or removed.

        No answer, a late one or an error is not a denial.
        """
        asked = {
            "format": "json",
            "limit": "1",
            "select": "feature_id",
            "feature_id": f"eq.{feature_id}",
        }
        try:
            for view in ("features", "removed_features"):
                answer = await self._client.get(view, params=asked)
                if answer.raise_for_status().json():
                    return False
        except (httpx.HTTPError, ValueError) as exc:
            _log.info("whether feature %d exists is not known: %s", feature_id, exc)
            return False
        return True
