"""Who owns an identity that two sources deliver."""

from __future__ import annotations

from typing import Any


def test_what_its_owner_gives_up_comes_back_with_the_same_bytes_of_another(
    deliver: Any, query: Any
) -> None:
    deliver("pay,refund,on,a", "pay,cancel,on,a")
    (refund,) = query("select feature_id from core.features where feature_name = 'refund'")
    assert deliver("pay,refund,off,b", source="other").rejected == 1
    deliver("pay,cancel,on,a")
    back = deliver("pay,refund,off,b", source="other")
    assert (back.created, back.rejected) == (1, 0)
    rows = query("select feature_id, source from core.features where feature_name = 'refund'")
    assert rows == [{**refund, "source": "other"}]
