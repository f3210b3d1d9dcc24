"""Phase 2 fits in: rules per row, by security-barrier views in front of the snapshot."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from db.connection import READER
from etl.sync import refresh

RULES = """
create schema ruled authorization fmw_owner;
set role fmw_owner;
create table ruled.members (member text, feature_group text, primary key (member, feature_group));
insert into ruled.members values ('fmw_reader', 'pay');
create view ruled.features with (security_barrier) as
select f.* from api.features as f
where exists (
    select from ruled.members as m
    where m.member = session_user and m.feature_group = f.feature_group
);
grant usage on schema ruled to fmw_reader;
grant select on ruled.features to fmw_reader;
revoke usage on schema api from fmw_reader;
reset role;
create function public.peep(text) returns boolean language plpgsql cost 0.0000001 as
$$ begin raise notice '%', $1; return true; end $$;
"""
"""What docs/why/design.md says under "Rules per row", and a function that tells what it sees."""


def test_readers_see_their_groups_only_even_through_a_peephole(
    deliver: Any, etl: Any, admin: Any, login: Any
) -> None:
    deliver("pay,refund,on,a", "secret,plan,on,b")
    refresh(etl)
    admin.execute(RULES)
    seen: list[str] = []
    with login(READER) as conn:
        conn.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
        rows = conn.execute(
            "select feature_name from ruled.features where public.peep(feature_name)"
        ).fetchall()
        assert rows == [("refund",)]
        assert seen == ["refund"]
        for around in ("api.features", "api.features_as_of(now())", "api.search_features('plan')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"select * from {around}".encode())
