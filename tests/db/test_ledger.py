"""The ledger: written by triggers for everyone, changed by no one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from db.connection import connect
from tests.tools import until

INSERT = (
    "insert into core.features (kind, feature_group, feature_name, environment, status, source)"
    " values ('feature', '결제', '환불', 'all', '사용', 'hand') returning feature_id, identity_hash"
)


def test_correction_by_hand_is_recorded_with_user_and_reason(admin: Any, query: Any) -> None:
    ((feature_id, _),) = admin.execute(INSERT).fetchall()
    with admin.transaction():
        admin.execute("set local fmw.reason = '장애 대응'")
        admin.execute(
            "update core.features set status = '중지' where feature_id = %s", [feature_id]
        )
    rows = query(
        "select op, run_id, changed_by = session_user as own, reason from core.changes order by 1"
    )
    assert rows == [
        {"op": "C", "run_id": None, "own": True, "reason": None},
        {"op": "U", "run_id": None, "own": True, "reason": "장애 대응"},
    ]


def test_identity_hash_is_right_whoever_writes(admin: Any, query: Any) -> None:
    ((feature_id, written),) = admin.execute(INSERT).fetchall()
    expected = "core.identity_hash(kind, feature_group, feature_name, environment)"
    assert query(f"select {expected} = identity_hash as right from core.features") == [
        {"right": True}
    ]
    admin.execute("update core.features set feature_group = '정산'")
    assert query(f"select {expected} = identity_hash as right from core.features") == [
        {"right": True}
    ]
    admin.execute("update core.features set identity_hash = '\\x00'")
    assert query(f"select {expected} = identity_hash as right from core.features") == [
        {"right": True}
    ]
    assert feature_id
    assert len(written) == 32


def test_two_features_cannot_share_an_identity(admin: Any) -> None:
    admin.execute(INSERT)
    with pytest.raises(psycopg.errors.UniqueViolation, match="features_identity_hash_key"):
        admin.execute(INSERT)


@pytest.mark.parametrize(
    "statement",
    ["update core.changes set op = 'C'", "delete from core.changes", "truncate core.changes"],
)
def test_ledger_refuses_change_even_by_the_administrator(admin: Any, statement: str) -> None:
    admin.execute(INSERT)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        admin.execute(statement)


@pytest.mark.parametrize("role", ["fmw_owner", "fmw_admin", "fmw_etl"])
def test_ledger_refuses_change_by_every_role(settings: Any, admin: Any, role: str) -> None:
    admin.execute(INSERT)
    with connect(settings, role) as conn:
        for statement in (
            "update core.changes set reason = 'x'",
            "delete from core.changes",
            "truncate core.changes",
            "insert into core.changes (feature_id, changed_at, op, feature_group)"
            " values (1, now(), 'C', 'x')",
        ):
            if role == "fmw_owner" and statement.startswith("insert"):
                continue  # migrations may carry a ledger over; nobody logs in as the owner
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)
    assert admin.execute("select op from core.changes").fetchall() == [("C",)]


def test_ledger_partition_refuses_change_too(admin: Any, query: Any) -> None:
    admin.execute("select core.ensure_change_partition(now())")
    admin.execute(INSERT)
    (row,) = query("select tableoid::regclass::text as partition from core.changes")
    assert row["partition"] != "core.changes_default"
    for statement in ("update {} set op = 'C'", "delete from {}", "truncate {}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            admin.execute(statement.format(row["partition"]))


def test_two_who_miss_the_month_make_one_partition(settings: Any, query: Any) -> None:
    ensure = "select core.ensure_change_partition('2031-05-06')"
    with (
        ThreadPoolExecutor(1) as pool,
        connect(settings, "fmw_owner") as first,
        connect(settings, "fmw_owner") as second,
    ):
        first.autocommit = False
        first.execute(ensure)
        waiting = pool.submit(second.execute, ensure)
        until(lambda: query("select 1 as one from pg_locks where not granted"))
        first.commit()
        waiting.result(timeout=20)
    assert query("select to_regclass('core.changes_203105') is not null as made") == [
        {"made": True}
    ]


def test_statement_that_changes_no_value_writes_nothing(admin: Any, query: Any) -> None:
    admin.execute(INSERT)
    dated = query("select created_at as at from core.features")
    admin.execute("update core.features set status = status, identity_hash = '\\x00'")
    admin.execute("update core.features set source_ref = 'A-1'")  # the source's own, not history
    assert query("select op from core.changes") == [{"op": "C"}]
    assert query("select changed_at as at from core.features") == dated


def test_hard_delete_is_recorded_with_the_whole_row(admin: Any, query: Any) -> None:
    admin.execute(INSERT)
    admin.execute("delete from core.features")
    (row,) = query("select before from core.changes where op = 'D'")
    assert row["before"]["feature_name"] == "환불"
    assert row["before"]["status"] == "사용"
    assert query("select sum(net)::int as net from core.daily_deltas") == [{"net": 0}]


def test_daily_deltas_are_the_ledger_summed(deliver: Any, query: Any) -> None:
    deliver("a,x,on,t", "a,y,on,t", "b,z,on,t", at="2025-03-01")
    deliver("a,x,off,t", "c,y,on,t", at="2025-03-03T23:59+09:00")
    deliver("a,x,off,t", "b,z,on,t", at="2025-03-04T00:00+09:00")
    rows = query(
        "select day::text, feature_group, status, created, updated, removed, net"
        " from core.daily_deltas order by 1, 2, 3"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2025-03-01", "a", "on", 2, 0, 0, 2),
        ("2025-03-01", "b", "on", 1, 0, 0, 1),
        ("2025-03-03", "a", "off", 0, 1, 0, 1),
        ("2025-03-03", "a", "on", 0, 0, 0, -2),
        ("2025-03-03", "b", "on", 0, 0, 1, -1),
        ("2025-03-03", "c", "on", 0, 1, 0, 1),
        ("2025-03-04", "b", "on", 1, 0, 0, 1),
        ("2025-03-04", "c", "on", 0, 0, 1, -1),
    ]


def test_feature_history_shows_each_field(
    deliver: Any, query: Any, settings: Any, etl: Any
) -> None:
    deliver("pay,refund,on,a", at="2025-03-01")
    deliver("pay,refund,off,b", at="2025-03-02")
    deliver(at="2025-03-03", accept=True)
    rows = query(
        "select op, field, old_value, new_value from api.feature_history order by change_id, field"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("C", None, None, None),
        ("U", "owner", "a", "b"),
        ("U", "status", "on", "off"),
        ("D", None, None, None),
    ]


def test_row_written_by_hand_before_anything_else_finds_its_partition(
    admin: Any, query: Any
) -> None:
    admin.execute(
        "insert into core.features (feature_group, feature_name, source) values ('a', 'b', 'c')"
    )
    admin.execute("select ops.refresh()")
    (row,) = query("select tableoid::regclass::text as partition from core.changes")
    assert row["partition"] != "core.changes_default"
    assert query("select kind, environment, status from api.features") == [
        {"kind": "feature", "environment": "all", "status": "unknown"}
    ]


def test_identity_written_by_hand_is_cleaned(admin: Any, query: Any) -> None:
    admin.execute(INSERT.replace("'결제'", "' 결제 \u200b'").replace("'환불'", "'환불  전액'"))
    admin.execute("update core.features set feature_group = ' 정산 '")
    assert query("select feature_group, feature_name from core.features") == [
        {"feature_group": "정산", "feature_name": "환불 전액"}
    ]
