"""The ledger of the name map, and what its changes did to the features."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import pytest

import etl.sync
from etl.runs import Run


def history(query: Any) -> list[tuple[Any, ...]]:
    columns = "op, domain, alias, old_standard, new_standard, reason"
    rows = query(f"select {columns} from ops.name_map_changes order by name_map_change_id")
    return [tuple(row.values()) for row in rows]


def effects(query: Any) -> list[tuple[Any, ...]]:
    rows = query(
        "select name_map_change_id, run_id, old_name, new_name, features"
        " from ops.name_map_effects order by 1, 2"
    )
    return [tuple(row.values()) for row in rows]


def test_every_change_is_recorded_with_user_and_reason(admin: Any, query: Any) -> None:
    admin.execute("set fmw.reason = '회의록 12'")
    admin.execute("select core.set_alias('status', 'on', '사용')")
    admin.execute("select core.set_alias('status', 'ON', '시행', reason => '오타')")
    admin.execute("select core.set_alias('status', 'on', '시행')")
    admin.execute("select core.remove_alias('status', 'On', '폐기')")
    assert history(query) == [
        ("C", "status", "on", None, "사용", "회의록 12"),
        ("U", "status", "ON", "사용", "시행", "오타"),
        ("D", "status", "ON", "시행", None, "폐기"),
    ]
    assert query(
        "select distinct changed_by = session_user as own, changed_at > now() - interval '1 min'"
        " as new from ops.name_map_changes"
    ) == [{"own": True, "new": True}]


def test_reason_of_one_change_is_not_that_of_the_next(admin: Any, query: Any) -> None:
    with admin.transaction():
        admin.execute("set local fmw.reason = '정리'")
        admin.execute("select core.set_alias('status', 'on', '사용', '오타')")
        admin.execute("select core.set_alias('status', 'off', '중지')")
    assert [row[-1] for row in history(query)] == ["오타", "정리"]


def test_changes_by_hand_are_recorded(admin: Any, query: Any) -> None:
    admin.execute(
        "insert into core.name_map (domain, alias, standard)"
        " values ('status', 'on ', '사용'), ('owner', 'pay', '결제팀')"
    )
    admin.execute("update core.name_map set standard = '시행' where domain = 'status'")
    admin.execute("update core.name_map set standard = standard")
    admin.execute("update core.name_map set alias = 'payment' where domain = 'owner'")
    admin.execute("delete from core.name_map where domain = 'status'")
    assert history(query) == [
        ("C", "status", "on", None, "사용", None),
        ("C", "owner", "pay", None, "결제팀", None),
        ("U", "status", "on", "사용", "시행", None),
        ("D", "owner", "pay", "결제팀", None, None),
        ("C", "owner", "payment", None, "결제팀", None),
        ("D", "status", "on", "시행", None, None),
    ]


@pytest.mark.parametrize(
    "statement", ["update {} set reason = 'x'", "delete from {}", "truncate {}"]
)
def test_nobody_rewrites_the_ledger(admin: Any, statement: str) -> None:
    admin.execute("select core.set_alias('status', 'on', '사용')")
    with pytest.raises(
        psycopg.errors.InsufficientPrivilege, match=r"core\.name_map_changes is append-only"
    ):
        admin.execute(statement.format("core.name_map_changes"))


def test_effects_of_adding_changing_and_removing_an_alias(
    deliver: Any, query: Any, admin: Any
) -> None:
    lines = ("a,x,ON,t", "a,y,on,t", "a,z,사용,t", "a,w,off,t")
    runs = [deliver(*lines).run_id]
    for statement in (
        "select core.set_alias('status', 'on', '사용')",
        "select core.set_alias('status', 'on', '시행')",
        "select core.remove_alias('status', 'on')",
    ):
        admin.execute(statement)
        runs.append(deliver(*lines).run_id)
        deliver(*lines)
    assert effects(query) == [
        (1, runs[1], "on", "사용", 2),
        (2, runs[2], "사용", "시행", 2),
        (3, runs[3], "시행", "on", 2),
    ]


def test_effect_counts_only_its_own_domain_and_names(deliver: Any, query: Any, admin: Any) -> None:
    deliver("on,x,on,on", "b,y,검토,on")
    admin.execute("select core.set_alias('owner', 'on', '사용')")
    admin.execute("select core.set_alias('feature_group', 'on', '켬')")
    run = deliver("on,x,off,on", "b,y,사용,on")
    assert run.updated == 2
    assert effects(query) == [
        (1, run.run_id, "on", "사용", 2),
        (2, run.run_id, "on", "켬", 1),
    ]


def test_corrected_alias_counts_for_the_correction(deliver: Any, query: Any, admin: Any) -> None:
    deliver("a,x,on,t")
    admin.execute("select core.set_alias('status', 'on', '사옹')")
    admin.execute("select core.set_alias('status', 'ON', '사용')")
    admin.execute("select core.set_alias('status', 'off', '중지')")
    run = deliver("a,x,on,t")
    assert effects(query) == [
        (1, run.run_id, "on", "사옹", 0),
        (2, run.run_id, "on", "사용", 1),
        (3, run.run_id, "off", "중지", 0),
    ]


def test_each_source_has_its_own_effect(deliver: Any, query: Any, admin: Any) -> None:
    deliver("a,x,on,t")
    admin.execute("select core.set_alias('status', 'on', '사용')")
    other = deliver("b,x,on,t", source="other")
    team = deliver("a,x,on,t")
    assert effects(query) == [(1, other.run_id, "on", "사용", 0), (1, team.run_id, "on", "사용", 1)]


def test_held_run_leaves_the_effect_to_the_one_that_applies_it(
    deliver: Any, query: Any, admin: Any
) -> None:
    deliver(*(f"a,{number},on,t" for number in range(20)))
    admin.execute("select core.set_alias('status', 'on', '사용')")
    assert deliver("a,1,on,t").status == "held"
    accepted = deliver("a,1,on,t", accept=True)
    assert effects(query) == [(1, accepted.run_id, "on", "사용", 1)]


def test_skipped_run_has_seen_what_the_run_it_repeats_had(
    deliver: Any, query: Any, admin: Any
) -> None:
    admin.execute("select core.set_alias('status', 'on', '사용')")
    assert deliver("a,x,on,t").name_map_change_id == 1
    again = deliver("a,x,on,t")
    assert (again.unchanged, again.name_map_change_id) == (1, 1)


def test_alias_set_while_a_run_begins_counts_for_the_run_that_applies_it(
    deliver: Any, query: Any, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    salt = etl.sync._salt

    def salt_then_alias(*arguments: Any) -> tuple[bytes, bytes]:
        found = salt(*arguments)
        admin.execute("select core.set_alias('status', %s, '사용')", [next(aliases)])
        return found

    deliver("a,x,on,t", "a,y,off,t")
    aliases = iter(["on", "off"])
    with monkeypatch.context() as patched:
        patched.setattr("etl.sync._salt", salt_then_alias)
        skipped = deliver("a,x,on,t", "a,y,off,t")
        applied = deliver("a,x,on,t", "a,y,off,t")
    assert (skipped.unchanged, skipped.name_map_change_id) == (2, 0)
    assert effects(query) == [
        (1, applied.run_id, "on", "사용", 1),
        (2, applied.run_id, "off", "사용", 1),
    ]


def test_alias_set_while_names_are_looked_up_is_seen_wholly(
    deliver: Any, query: Any, admin: Any
) -> None:
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(deliver("a,x,on,t")))
    with admin.transaction():
        admin.execute("lock table core.name_map in access exclusive mode")
        thread.start()
        while not is_somebody_waiting(admin) and thread.is_alive():
            time.sleep(0.01)
        admin.execute("select core.set_alias('status', 'on', '사용')")
    thread.join()
    assert [run.name_map_change_id for run in runs] == [1]
    assert query("select status from core.features") == [{"status": "사용"}]


def is_somebody_waiting(admin: psycopg.Connection) -> bool:
    query = "select from pg_locks where relation = 'core.name_map'::regclass and not granted"
    return admin.execute(query).rowcount > 0
