"""As of: the ledger undone from today's rows, against what the deliveries said at the time."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from db.connection import READER, connect
from etl.sync import refresh
from fmw.errors import RunRefused

MARCH = "2025-03-{:02}T00:00+09:00"


def state(query: Any, moment: str, group: str | None = None) -> dict[str, str]:
    """Return "group/name" to "status,owner" as of a moment."""
    rows = query(
        "select feature_group || '/' || feature_name as name, status || ',' || owner as value"
        " from api.features_as_of(%s, %s)",
        moment,
        group,
    )
    assert len({row["name"] for row in rows}) == len(rows)
    return {row["name"]: row["value"] for row in rows}


@pytest.fixture
def history(deliver: Any) -> list[dict[str, str]]:
    """Deliver seven states, one a day, and return what each amounts to."""
    days = [
        ["pay,refund,on,a", "pay,cancel,on,a"],
        ["pay,refund,off,a", "pay,cancel,on,a", "shop,cart,on,b"],  # U, C
        ["pay,cancel,on,a", "shop,cart,on,b"],  # D
        ["pay,refund,test,c", "pay,cancel,off,a", "shop,cart,on,b"],  # returned, other values
        ["claims,refund,test,c", "pay,cancel,off,a", "shop,cart,on,b"],  # moved
        ["claims,refund,test,d", "shop,cart,on,b"],
        ["shop,cart,off,b"],
    ]
    for number, lines in enumerate(days, 1):
        deliver(*lines, at=MARCH.format(number), accept=True)
    split = [[line.split(",") for line in lines] for lines in days]
    return [{f"{g}/{n}": f"{s},{o}" for g, n, s, o in lines} for lines in split]


@pytest.mark.parametrize("refreshed", [True, False])
def test_each_past_state_comes_back(history: Any, query: Any, etl: Any, refreshed: bool) -> None:
    if refreshed:
        refresh(etl)
    assert state(query, MARCH.format(1)) == history[0]  # at the very moment it is there
    for number, expected in enumerate(history, 1):
        moment = f"2025-03-{number:02}T23:59+09:00"
        assert state(query, moment) == expected
        for group in ("pay", "shop", "claims"):
            members = {name: v for name, v in expected.items() if name.startswith(group + "/")}
            assert state(query, moment, group) == members, (number, group)
    assert state(query, "2025-02-28T23:59+09:00") == {}


def test_past_rows_say_when_they_had_changed(history: Any, query: Any) -> None:
    (row,) = query(
        "select feature_id, changed_at, created_at from api.features_as_of(%s)"
        " where feature_name = 'refund'",
        "2025-03-05T12:00+09:00",
    )
    (moved,) = query(
        "select feature_id, changed_at from core.changes where changed_fields = '{feature_group}'"
    )
    assert (row["feature_id"], row["changed_at"]) == (moved["feature_id"], moved["changed_at"])
    assert row["created_at"].isoformat().startswith("2025-02-28T15:00")


def test_an_alias_names_the_group(deliver: Any, query: Any, admin: Any) -> None:
    admin.execute("select core.set_alias('feature_group', '결제', 'pay')")
    deliver("pay,refund,on,a")
    assert state(query, "infinity", " 결제") == {"pay/refund": "on,a"}


def test_a_row_deleted_by_hand_is_still_in_the_past(
    deliver: Any, query: Any, admin: Any, etl: Any
) -> None:
    deliver("pay,refund,on,a", at=MARCH.format(1))
    refresh(etl)
    admin.execute("delete from core.features")
    refresh(etl)
    for group in (None, "pay"):
        assert state(query, MARCH.format(2), group) == {"pay/refund": "on,a"}
        assert state(query, "infinity", group) == {}


HAND = {
    "update": "update core.features set owner = 'hand' where feature_name = 'refund'",
    "delete": "delete from core.features where feature_name = 'refund'",
}


@pytest.mark.parametrize("statement", HAND.values(), ids=HAND)
def test_a_correction_by_hand_never_comes_before_what_it_corrects(
    deliver: Any, query: Any, settings: Any, statement: str
) -> None:
    with connect(settings, "fmw_admin") as hand, hand.transaction():
        hand.execute("select now()")
        deliver("pay,refund,on,a")
        (row,) = query("select changed_at from core.features")
        hand.execute(statement)  # in a transaction that began, so is dated, before the run
    changes = query("select op, changed_at, previous_at from core.changes order by change_id")
    assert [change["changed_at"] for change in changes] == [row["changed_at"]] * 2
    assert changes[1]["previous_at"] == row["changed_at"]
    (before,) = query("select %s::timestamptz - interval '1 us' as moment", row["changed_at"])
    assert state(query, before["moment"]) == {}
    expected = {"pay/refund": "on,hand"} if changes[1]["op"] == "U" else {}
    assert state(query, row["changed_at"]) == expected


LEFT = {
    "moved by its source": "",
    "moved by hand": "update core.features set feature_group = 'claims'",
    "renamed by hand": "update core.features set feature_name = 'other'",
    "deleted by hand": "delete from core.features",
}


@pytest.mark.parametrize("statement", LEFT.values(), ids=LEFT)
def test_no_two_features_have_one_identity_at_one_time(
    deliver: Any, query: Any, admin: Any, statement: str
) -> None:
    deliver("pay,refund,on,a", at=MARCH.format(1))
    if statement:
        admin.execute(statement)
    else:
        deliver("claims,refund,on,a", at=MARCH.format(3))
    with pytest.raises(RunRefused, match="another feature was refund until"):
        deliver("pay,refund,on,b", source="other", at=MARCH.format(2))
    deliver("pay,refund,on,b", source="other")
    assert state(query, MARCH.format(2)) == {"pay/refund": "on,a"}


def test_between_shows_the_net_difference(history: Any, query: Any) -> None:
    rows = query(
        "select op, feature_group || '/' || feature_name as name, changed_fields, before, after"
        " from api.features_between('2025-03-01T12:00+09:00', '2025-03-05T12:00+09:00')"
        " order by name"
    )
    assert [(row["op"], row["name"], row["changed_fields"]) for row in rows] == [
        ("U", "claims/refund", ["feature_group", "owner", "status"]),
        ("U", "pay/cancel", ["status"]),
        ("C", "shop/cart", None),
    ]
    assert rows[1]["before"] == {"status": "on"}
    assert rows[1]["after"] == {"status": "off"}
    assert (rows[2]["before"], rows[2]["after"]["status"]) == (None, "on")
    gone = query(
        "select op, before ->> 'owner' as owner from api.features_between(%s, %s, 'claims')",
        "2025-03-06T12:00+09:00",
        "infinity",
    )
    assert gone == [{"op": "D", "owner": "d"}]
    back_and_forth = query(
        "select * from api.features_between('2025-03-02T12:00+09:00', '2025-03-02T13:00+09:00')"
    )
    assert back_and_forth == []


def test_between_wants_the_earlier_moment_first(query: Any) -> None:
    with pytest.raises(psycopg.Error, match="lies before"):
        query("select * from api.features_between('2025-03-02', '2025-03-01')")


def test_readers_may_ask_for_the_past_but_not_for_the_ledger(settings: Any) -> None:
    with connect(settings, READER) as conn:
        assert conn.execute("select * from api.features_as_of(now())").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from core.features_at(now(), null)")


def test_detached_months_are_gone_from_history_and_said_so(
    history: Any, deliver: Any, query: Any, admin: Any, settings: Any
) -> None:
    deliver("shop,cart,test,b", at="2025-04-10")
    with connect(settings, "fmw_admin") as conn:
        rows = conn.execute("select * from ops.detach_changes('2025-04-01')").fetchall()
    assert rows == [("changes_202502",), ("changes_202503",)]
    with pytest.raises(psycopg.Error, match="history begins on 2025-04-01"):
        query("select * from api.features_as_of('2025-03-20')")
    assert state(query, "2025-04-05") == history[-1]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        admin.execute("delete from core.changes_202503")
    with pytest.raises(RunRefused, match="history begins on"):
        deliver("shop,cart,test,b", source="late", at="2025-03-20")
    with pytest.raises(psycopg.Error, match="is not over"):
        admin.execute("select ops.detach_changes('2100-01-01')")
