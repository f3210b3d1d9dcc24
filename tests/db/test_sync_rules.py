"""What a delivery does to the features: the rules of core.sync, one by one."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from fmw.errors import RunRefused, SourceError
from tests.db.outcome import counts, live


def test_first_delivery_creates_every_row(deliver: Any, query: Any) -> None:
    run = deliver("pay,refund,on,a", "pay,cancel,off,b")
    assert counts(run) == (2, 0, 0, 0, 0, 0)
    assert live(query) == {"pay/refund": "on", "pay/cancel": "off"}


def test_changed_value_is_an_update_of_the_same_feature(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a")
    before = query("select feature_id from core.features")
    assert counts(deliver("pay,refund,off,a")) == (0, 1, 0, 0, 0, 0)
    assert query("select feature_id from core.features") == before
    (change,) = query("select * from core.changes where op = 'U'")
    assert change["changed_fields"] == ["status"]
    assert (change["before"], change["after"]) == ({"status": "on"}, {"status": "off"})


def test_absent_row_is_removed_softly_and_returns_as_the_same_feature(
    deliver: Any, query: Any
) -> None:
    deliver("pay,refund,on,a", "pay,cancel,on,a")
    (cancel,) = query("select feature_id from core.features where feature_name = 'cancel'")
    assert counts(deliver("pay,refund,on,a")) == (0, 0, 1, 0, 1, 0)
    assert live(query) == {"pay/refund": "on"}
    assert counts(deliver("pay,refund,on,a", "pay,cancel,off,a")) == (1, 0, 0, 0, 1, 0)
    rows = query(
        "select feature_id, status, removed_at from core.features where feature_name = 'cancel'"
    )
    assert rows == [{**cancel, "status": "off", "removed_at": None}]
    ops = query(
        "select op from core.changes where feature_id = %s order by change_id", cancel["feature_id"]
    )
    assert [row["op"] for row in ops] == ["C", "D", "C"]


def test_row_that_changes_its_group_moves_and_keeps_its_history(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", "pay,cancel,on,a")
    (refund,) = query("select feature_id from core.features where feature_name = 'refund'")
    assert counts(deliver("claims,refund,on,a", "pay,cancel,on,a")) == (0, 1, 0, 1, 1, 0)
    assert live(query) == {"claims/refund": "on", "pay/cancel": "on"}
    (change,) = query("select feature_id, changed_fields from core.changes where op = 'U'")
    assert change == {**refund, "changed_fields": ["feature_group"]}


def test_a_name_gone_from_two_groups_is_no_move(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", "shop,refund,on,a")
    assert counts(deliver("claims,refund,on,a")) == (1, 0, 2, 0, 0, 0)


def test_a_move_onto_a_removed_feature_is_its_return(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", "pay,x,on,a")
    deliver("pay,x,on,a")
    deliver("pay,x,on,a", "shop,refund,on,a")
    run = deliver("pay,x,on,a", "pay,refund,on,a")
    assert counts(run) == (1, 0, 1, 0, 1, 0)


def test_same_delivery_in_another_spelling_changes_nothing(deliver: Any, query: Any) -> None:
    deliver("결제,환불 기능,사용,a")
    decomposed = "결제,환불 기능,사용,a".encode().decode()
    import unicodedata

    run = deliver(
        unicodedata.normalize("NFD", decomposed).replace(" ", " \u00a0\u200b"),
        "검색,자동완성,사용,a",
    )
    assert counts(run) == (1, 0, 0, 0, 1, 0)
    assert len(query("select * from core.changes")) == 2


def test_letter_case_makes_another_feature(deliver: Any, query: Any) -> None:
    deliver("gates,csiMigration,on,a")
    assert counts(deliver("gates,CSIMigration,on,a")) == (1, 0, 1, 0, 0, 0)


def test_last_of_duplicates_wins_and_each_loser_is_an_issue(deliver: Any, query: Any) -> None:
    run = deliver("pay,refund,on,a", "pay,cancel,on,a", "pay,refund,off,a", "pay, refund ,test,a")
    assert counts(run) == (2, 0, 0, 0, 0, 2)
    assert live(query) == {"pay/refund": "test", "pay/cancel": "on"}
    issues = query(
        "select location, code, raw ->> 'status' as status from ops.run_issues order by 1"
    )
    assert issues == [
        {"location": "team.csv:2", "code": "duplicate", "status": "on"},
        {"location": "team.csv:4", "code": "duplicate", "status": "off"},
    ]


@pytest.mark.parametrize("spelling", ["refund", " refund"])
def test_duplicates_of_a_stored_feature_are_found_too(
    deliver: Any, query: Any, spelling: str
) -> None:
    deliver("pay,refund,on,a", "pay,cancel,on,a")
    run = deliver("pay,refund,on,a", "pay,cancel,on,a", f"pay,{spelling},off,a")
    assert counts(run) == (0, 1, 0, 0, 1, 1)
    assert live(query)["pay/refund"] == "off"


def test_duplicates_that_both_spell_a_stored_feature_anew_are_found(
    deliver: Any, query: Any
) -> None:
    deliver("pay,refund,on,a")
    run = deliver("pay, refund,test,a", "pay,refund ,off,a")
    assert counts(run) == (0, 1, 0, 0, 0, 1)
    assert live(query) == {"pay/refund": "off"}


def test_row_without_a_name_or_group_is_an_issue(deliver: Any, query: Any) -> None:
    run = deliver("pay,refund,on,a", "pay, ,on,a", ",cancel,on,a")
    assert counts(run) == (1, 0, 0, 0, 0, 2)
    issues = query("select location, code from ops.run_issues order by location")
    assert [tuple(issue.values()) for issue in issues] == [
        ("team.csv:3", "missing_name"),
        ("team.csv:4", "missing_group"),
    ]


def many(count: int) -> list[str]:
    return [f"pay,f{number},on,a" for number in range(count)]


def test_guard_holds_a_run_that_would_remove_too_much(deliver: Any, query: Any) -> None:
    deliver(*many(50))
    held = deliver("pay,new,on,a", *many(39))
    assert held.status == "held"
    assert "11 of 50" in held.error
    assert len(live(query)) == 50
    summary = "select held, created, updated, removed from ops.runs_summary"
    assert [tuple(row.values()) for row in query(summary)] == [(1, 50, 0, 0)]
    assert counts(deliver(*many(39), accept=True)) == (0, 0, 11, 0, 39, 0)


def test_guard_lets_few_removals_pass(deliver: Any, query: Any) -> None:
    deliver(*many(12))
    assert deliver(*many(3)).status == "succeeded"


def test_empty_delivery_removes_nothing_by_itself(deliver: Any, query: Any) -> None:
    deliver(*many(3))
    assert deliver().status == "held"
    assert len(live(query)) == 3
    assert deliver(accept=True).removed == 3


def test_delivery_below_min_rows_is_held(deliver: Any, query: Any) -> None:
    assert deliver(*many(3), min_rows=5).status == "held"
    assert live(query) == {}


def test_delivery_dated_before_the_last_is_refused(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", at="2025-02-01")
    with pytest.raises(RunRefused, match="later date"):
        deliver("pay,refund,off,a", at="2025-01-31")
    assert live(query) == {"pay/refund": "on"}


def test_the_ledger_bears_the_delivery_date(deliver: Any, query: Any) -> None:
    deliver("pay,refund,on,a", at="2025-01-31T09:00+09:00")
    (change,) = query(
        "select changed_at = '2025-01-31 00:00+00' as dated,"
        " recorded_at > now() - interval '1 min' as new,"
        " tableoid::regclass::text as partition from core.changes"
    )
    assert change == {"dated": True, "new": True, "partition": "core.changes_202501"}


def test_name_map_gives_standard_names(deliver: Any, query: Any, admin: psycopg.Connection) -> None:
    for domain, alias, standard in [
        ("status", "사용중", "사용"),
        ("status", "ＯＮ", "사용"),
        ("feature_group", "payment", "결제"),
        ("owner", "결제 팀", "결제플랫폼팀"),
    ]:
        admin.execute("select core.set_alias(%s, %s, %s)", [domain, alias, standard])
    deliver(" Payment ,환불,사용중,결제 팀", "결제,취소,on,결제플랫폼팀")
    rows = query("select feature_group, status, owner from core.features")
    assert rows == [{"feature_group": "결제", "status": "사용", "owner": "결제플랫폼팀"}] * 2


def test_a_new_alias_takes_effect_at_the_next_run_of_the_same_bytes(
    deliver: Any, query: Any, admin: psycopg.Connection
) -> None:
    deliver("pay,refund,ON,a")
    admin.execute("select core.set_alias('status', 'on', '사용')")
    assert counts(deliver("pay,refund,ON,a")) == (0, 1, 0, 0, 0, 0)
    assert live(query) == {"pay/refund": "사용"}


def test_unmapped_columns_become_attributes(
    deliver: Any, query: Any, settings: Any, etl: Any
) -> None:
    from etl.declaration import Source
    from etl.sync import sync_source

    file = settings.home / "extra.csv"
    file.write_text("그룹,이름,등급,비고\n결제,환불,A,\n", encoding="utf-8")
    columns = {"feature_group": "그룹", "feature_name": "이름"}
    sync_source(etl, Source(name="extra", kind="csv", path=str(file), columns=columns))
    (row,) = query("select attributes, status, environment, kind from core.features")
    assert row == {
        "attributes": {"등급": "A"},
        "status": "unknown",
        "environment": "all",
        "kind": "feature",
    }


def test_failed_delivery_changes_nothing_and_says_why(
    deliver: Any, query: Any, settings: Any
) -> None:
    deliver("pay,refund,on,a")
    (settings.home / "team.csv").unlink()
    from etl.declaration import Source
    from etl.sync import sync_source

    source = Source(name="team", kind="csv", path="gone.csv", home=settings.home,
                    columns={"feature_group": "group", "feature_name": "name"})  # fmt: skip
    from db.connection import ETL, connect

    with connect(settings, ETL) as conn, pytest.raises(SourceError, match="no file"):
        sync_source(conn, source)
    assert live(query) == {"pay/refund": "on"}
    (run,) = query("select status, error from ops.runs order by run_id desc limit 1")
    assert run["status"] == "failed"
    assert "gone.csv" in run["error"]


def test_a_json_column_becomes_attributes(
    deliver: Any, query: Any, settings: Any, etl: Any
) -> None:
    from etl.declaration import Source
    from etl.sync import sync_source

    file = settings.home / "export.csv"
    rows = [
        '결제,환불,"{""등급"": ""A"", ""n"": 1}",x',
        "결제,취소,,y",
        "결제,승인,[1],z",
        "결제,조회,{,z",
    ]
    file.write_text("\n".join(["그룹,이름,속성,비고", *rows]) + "\n", encoding="utf-8")
    columns = {"feature_group": "그룹", "feature_name": "이름", "attributes": "속성"}
    source = Source(name="export", kind="csv", path=str(file), columns=columns)
    run = sync_source(etl, source)
    assert (run.created, run.rejected) == (2, 2)
    found = query("select feature_name, attributes from core.features order by feature_name")
    assert [tuple(row.values()) for row in found] == [
        ("취소", {"비고": "y"}),
        ("환불", {"n": 1, "등급": "A", "비고": "x"}),
    ]
    assert [row["location"] for row in query("select location from ops.run_issues order by 1")] == [
        "export.csv:4",
        "export.csv:5",
    ]


def test_delivery_dated_in_the_future_is_refused(deliver: Any, query: Any) -> None:
    """Taken, it would lock out every true delivery until then."""
    with pytest.raises(RunRefused, match="future"):
        deliver("pay,refund,on,a", at="2999-01-01")
    deliver("pay,refund,on,a")


@pytest.mark.parametrize("name", ["all", "features", "home"])
def test_group_may_not_bear_the_name_of_a_view(deliver: Any, query: Any, name: str) -> None:
    run = deliver(f"{name},refund,on,a", "pay,refund,on,a")
    assert counts(run) == (1, 0, 0, 0, 0, 1)
    assert query("select code from ops.run_issues") == [{"code": "reserved_group"}]
