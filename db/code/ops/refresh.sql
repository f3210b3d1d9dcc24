-- All materialized views in one transaction, concurrently: readers see the old set or the new one
-- and never wait. Nothing to do unless features changed or, for api.daily_counts, a new Korean day
-- began.
create or replace function ops.refresh(forced boolean default false) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
set work_mem = '256MB' set jit = off
as $$
declare
    v_changed boolean;
    v_version bigint;
begin
    perform pg_advisory_xact_lock(hashtext('fmw.refresh'));
    -- A change committed after this delete stays marked and is in the next refresh, whatever this
    -- one sees of it.
    with published as (delete from core.unpublished returning marked_at)
    select exists (select from published) into v_changed;
    if not (
        forced or v_changed
        or (select s.refreshed_on < core.korean_day(now()) from ops.snapshot_state as s)
    ) then
        return (select s.snapshot_version from ops.snapshot_state as s);
    end if;
    lock table core.features in share mode; -- or the views would show different moments
    refresh materialized view concurrently api.features;
    refresh materialized view concurrently api.groups;
    refresh materialized view concurrently api.daily_counts;
    update ops.snapshot_state as s
    set snapshot_version = s.snapshot_version + 1,
        refreshed_at = clock_timestamp(),
        refreshed_on = core.korean_day(now())
    returning s.snapshot_version into v_version;
    perform pg_notify('fmw', 'snapshot ' || v_version);
    perform core.ensure_change_partition(now());
    perform core.ensure_change_partition(now() + interval '1 month');
    return v_version;
end
$$;

comment on function ops.refresh(boolean) is
'Brings the snapshot up to date if something changed (or if forced) and returns its version. Safe'
' to call at any time.';
