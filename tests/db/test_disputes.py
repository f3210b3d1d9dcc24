"""Several sources: each owns its rows, and of two that claim one identity the higher gets it."""

from __future__ import annotations

from typing import Any

from tests.db.outcome import counts, live


def test_identity_of_another_source_is_an_issue(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a")
    run = deliver("pay,refund,off,b", "pay,extra,on,b", source="other")
    assert counts(run) == (1, 0, 0, 0, 0, 1)
    assert live(query) == {"pay/refund": "on", "pay/extra": "on"}
    assert query("select code from ops.run_issues") == [{"code": "owned_by_other_source"}]


def test_the_source_of_higher_priority_takes_a_disputed_identity(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", "pay,cancel,on,a")
    (refund,) = query("select feature_id from core.features where feature_name = 'refund'")
    run = deliver("pay,refund,off,b", source="master", priority=200)
    assert counts(run) == (0, 1, 0, 0, 0, 0)
    (change,) = query("select feature_id, changed_fields, before from core.changes where op = 'U'")
    assert change["feature_id"] == refund["feature_id"]
    assert change["changed_fields"] == ["owner", "source", "status"]
    assert change["before"]["source"] == "team"
    # The loser's same bytes are read again, or nobody would tell it.
    assert counts(deliver("pay,refund,on,a", "pay,cancel,on,a")) == (0, 0, 0, 0, 1, 1)
    assert query("select code from ops.run_issues") == [{"code": "owned_by_other_source"}]
    assert live(query) == {"pay/refund": "off", "pay/cancel": "on"}


def test_what_its_owner_drops_the_other_source_brings_back(deliver: Any, query: Any) -> None:
    deliver("pay,refund,off,b", "pay,x,on,b", source="master", priority=200)
    deliver("pay,refund,on,a")
    deliver("pay,x,on,b", source="master", priority=200)
    assert counts(deliver("pay,refund,on,a")) == (1, 0, 0, 0, 0, 0)
    assert query("select op, feature_id from core.changes where feature_id = 1") == [
        {"op": op, "feature_id": 1} for op in "CDC"
    ]
    assert query("select source from core.features where feature_id = 1") == [{"source": "team"}]


def test_a_source_removes_only_its_own_rows(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a")
    deliver("shop,cart,on,b", source="other")
    deliver("shop,cart,on,b", "shop,list,on,b", source="other")
    assert set(live(query)) == {"pay/refund", "shop/cart", "shop/list"}
