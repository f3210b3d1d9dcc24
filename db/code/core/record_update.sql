-- No nested loop: the planner knows nothing of transition tables, and n x n pairs take for ever.
create or replace function core.record_update() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp set enable_nestloop = off
as $$
declare
    v_run_id bigint := core.current_run_id();
    v_reason text := nullif(current_setting('fmw.reason', true), '');
begin
    perform core.ensure_change_partition(d.changed_at)
    from (select distinct n.changed_at from new_rows as n) as d;
    with pair as materialized (
        select
            o.feature_id,
            case
                when o.removed_at is null and n.removed_at is not null then 'D'
                when o.removed_at is not null and n.removed_at is null then 'C'
                else 'U'
            end as op,
            case when n.removed_at is not null then to_jsonb(o) - 'identity_hash' end as image,
            n.changed_at,
            case when o.removed_at is null then o.changed_at end as previous_at,
            o.kind as old_kind,
            o.feature_group as old_group,
            o.status as old_status,
            o.environment as old_environment,
            n.kind, n.feature_group, n.status, n.environment,
            field.names, field.before, field.after
        from old_rows as o
        inner join new_rows as n on n.feature_id = o.feature_id
        cross join lateral (
            select
                array_agg(f.name order by f.name) as names,
                jsonb_object_agg(f.name, f.before) as before,
                jsonb_object_agg(f.name, f.after) as after
            from (
                values
                ('kind', to_jsonb(o.kind), to_jsonb(n.kind)),
                ('feature_group', to_jsonb(o.feature_group), to_jsonb(n.feature_group)),
                ('feature_name', to_jsonb(o.feature_name), to_jsonb(n.feature_name)),
                ('environment', to_jsonb(o.environment), to_jsonb(n.environment)),
                ('status', to_jsonb(o.status), to_jsonb(n.status)),
                ('owner', to_jsonb(o.owner), to_jsonb(n.owner)),
                ('since', to_jsonb(o.since), to_jsonb(n.since)),
                ('until', to_jsonb(o.until), to_jsonb(n.until)),
                ('default_value', to_jsonb(o.default_value), to_jsonb(n.default_value)),
                ('title', to_jsonb(o.title), to_jsonb(n.title)),
                ('description', to_jsonb(o.description), to_jsonb(n.description)),
                ('url', to_jsonb(o.url), to_jsonb(n.url)),
                ('attributes', o.attributes, n.attributes),
                ('source', to_jsonb(o.source), to_jsonb(n.source))
            ) as f (name, before, after)
            where f.before is distinct from f.after
        ) as field
        where o.removed_at is null or n.removed_at is null
    ),
    ledger as (
        insert into core.changes (
            feature_id, run_id, changed_at, op, feature_group, changed_fields, before, after,
            previous_at, reason
        )
        select
            p.feature_id,
            v_run_id,
            p.changed_at,
            p.op,
            p.feature_group,
            case p.op when 'U' then p.names end,
            case p.op when 'U' then p.before when 'D' then p.image end,
            case p.op when 'U' then p.after end,
            p.previous_at,
            v_reason
        from pair as p
        where p.op <> 'U' or p.names is not null
    )
    insert into core.daily_deltas as d
        (day, feature_group, kind, status, environment, created, updated, removed, net)
    select
        core.korean_day(p.changed_at),
        cell.feature_group,
        cell.kind,
        cell.status,
        cell.environment,
        sum(cell.created),
        sum(cell.updated),
        sum(cell.removed),
        sum(cell.net)
    from pair as p
    cross join lateral (
        values
        (
            p.feature_group, p.kind, p.status, p.environment,
            (p.op = 'C')::int, (p.op = 'U')::int, 0, (p.op <> 'D')::int
        ),
        (
            p.old_group, p.old_kind, p.old_status, p.old_environment,
            0, 0, (p.op = 'D')::int, -(p.op <> 'C')::int
        )
    ) as cell (feature_group, kind, status, environment, created, updated, removed, net)
    where p.op <> 'U' or p.names is not null
    group by
        core.korean_day(p.changed_at), cell.feature_group, cell.kind, cell.status, cell.environment
    having bool_or(cell.created + cell.updated + cell.removed <> 0) or sum(cell.net) <> 0
    on conflict (day, feature_group, kind, status, environment) do update
    set created = d.created + excluded.created,
        updated = d.updated + excluded.updated,
        removed = d.removed + excluded.removed,
        net = d.net + excluded.net;
    if found then
        perform core.mark_unpublished();
    end if;
    return null;
end
$$;

comment on function core.record_update() is
'Writes the ledger (D removed, C returned, U any other difference) and the daily roll-up for '
'updated rows.';

create or replace trigger features_record_update after update on core.features
referencing old table as old_rows new table as new_rows
for each statement execute function core.record_update();
