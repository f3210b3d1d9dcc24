create or replace function core.record_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_run_id bigint := core.current_run_id();
    v_effective_at timestamptz := core.current_effective_at(v_run_id);
    v_day date := core.korean_day(v_effective_at);
    v_reason text := nullif(current_setting('fmw.reason', true), '');
begin
    perform core.ensure_change_partition(v_effective_at);
    insert into core.changes (feature_id, run_id, changed_at, op, feature_group, reason)
    select
        n.feature_id,
        v_run_id,
        v_effective_at,
        'C',
        n.feature_group,
        v_reason
    from new_rows as n
    where n.removed_at is null;
    if found then
        insert into core.daily_deltas as d
            (day, feature_group, kind, status, environment, created, net)
        select
            v_day,
            n.feature_group,
            n.kind,
            n.status,
            n.environment,
            count(*),
            count(*)
        from new_rows as n
        where n.removed_at is null
        group by n.feature_group, n.kind, n.status, n.environment
        on conflict (day, feature_group, kind, status, environment) do update
        set created = d.created + excluded.created, net = d.net + excluded.net;
        perform core.mark_unpublished();
    end if;
    return null;
end
$$;

comment on function core.record_insert() is
'Writes a C of the ledger and the daily roll-up for each new live row.';

create or replace trigger features_record_insert after insert on core.features
referencing new table as new_rows
for each statement execute function core.record_insert();
