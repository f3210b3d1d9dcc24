-- Without an index of core.features by group, which would cost every load: the snapshot has one,
-- and the ledger tells what the snapshot does not show.
create or replace function core.group_members(feature_group text, since timestamptz)
returns setof bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
    select f.feature_id from api.features as f
    where f.feature_group = group_members.feature_group
    union
    select c.feature_id from core.changes as c
    where c.change_id > (select s.change_id from ops.snapshot_state as s)
        and c.feature_group = group_members.feature_group
    union
    select c.feature_id from core.changes as c
    where c.before ? 'feature_group'
        and c.before ->> 'feature_group' = group_members.feature_group
        and c.changed_at > since
$$;

comment on function core.group_members(text, timestamptz) is
'The features that are in a group now or were in it at any time since a moment.';
