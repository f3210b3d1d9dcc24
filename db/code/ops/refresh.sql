-- All materialized views in one transaction, concurrently: readers see the old set or the new one
-- and never wait. Only a view without a row is built at once, indexes and all, a fifth of the time.
create or replace function ops.refresh(forced boolean default false) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
set work_mem = '256MB' set maintenance_work_mem = '512MB' set jit = off
as $$
declare
    v_views text[];
    v_view text;
    v_has_rows boolean;
    v_version bigint;
begin
    v_views := array(select core.due_views());
    if forced or v_views <> '{}' then
        perform core.enter_refresh();
        v_views := array(
            select v.matviewname from pg_catalog.pg_matviews as v
            where v.schemaname = 'api' and (forced or v.matviewname in (select core.due_views()))
            order by v.matviewname
        );
    end if;
    if v_views = '{}' then
        v_version := (select s.snapshot_version from ops.snapshot_state as s);
    else
        perform set_config('fmw.refreshing', 'on', true);
        foreach v_view in array v_views loop
            execute format('select exists (select from api.%I)', v_view) into v_has_rows;
            execute format(
                'refresh materialized view %s api.%I',
                case when v_has_rows then 'concurrently' else '' end,
                v_view
            );
        end loop;
        perform set_config('fmw.refreshing', '', true);
        v_version := core.publish(v_views);
    end if;
    -- Last, because a new partition keeps readers out of the ledger until the transaction ends.
    perform core.ensure_change_partition(now());
    perform core.ensure_change_partition(now() + interval '1 month');
    return v_version;
end
$$;

comment on function ops.refresh(boolean) is
'Brings the snapshot up to date if something changed (or if forced) and returns its version. Safe'
' to call at any time.';
