create or replace function core.record_delete() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_run_id bigint := core.current_run_id();
    v_effective_at timestamptz := core.current_effective_at(v_run_id);
    v_reason text := nullif(current_setting('fmw.reason', true), '');
begin
    perform core.ensure_change_partition(v_effective_at);
    insert into core.changes (
        feature_id, run_id, changed_at, op, feature_group, before, previous_at, reason
    )
    select
        o.feature_id,
        v_run_id,
        greatest(v_effective_at, o.changed_at),
        'D',
        o.feature_group,
        to_jsonb(o) - 'identity_hash',
        o.changed_at,
        v_reason
    from old_rows as o
    where o.removed_at is null;
    if found then
        insert into core.daily_deltas as d
            (day, feature_group, kind, status, environment, removed, net)
        select
            core.korean_day(greatest(v_effective_at, o.changed_at)),
            o.feature_group,
            o.kind,
            o.status,
            o.environment,
            count(*),
            -count(*)
        from old_rows as o
        where o.removed_at is null
        group by 1, o.feature_group, o.kind, o.status, o.environment
        on conflict (day, feature_group, kind, status, environment) do update
        set removed = d.removed + excluded.removed, net = d.net + excluded.net;
        perform core.mark_unpublished();
    end if;
    return null;
end
$$;

comment on function core.record_delete() is
'Writes a D of the ledger and the daily roll-up for each live row deleted by hand.';

create or replace trigger features_record_delete after delete on core.features
referencing old table as old_rows
for each statement execute function core.record_delete();
