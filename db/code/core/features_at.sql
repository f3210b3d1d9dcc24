-- Today's rows, with what came later undone: each later change holds what it replaced, so laid one
-- over the other, the latest first, they show the state before the earliest of them.
create or replace function core.features_at(moment timestamptz, members bigint[])
returns setof api.features
language plpgsql stable set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan set jit = off set work_mem = '256MB'
as $$
begin
    return query
    with undone as materialized (
        select
            c.feature_id,
            core.overlay(
                coalesce(c.before, '{}')
                || jsonb_build_object('changed_at', c.previous_at, 'op', c.op)
                order by c.change_id desc
            ) as image
        from core.changes as c
        where c.changed_at > moment and (members is null or c.feature_id = any (members))
        group by c.feature_id
    ),
    today as not materialized (
        select f.* from core.current_features as f
        where members is null or f.feature_id = any (members)
    )

    select t.*
    from today as t
    where not exists (select from undone as u where u.feature_id = t.feature_id)
    union all
    select past.*
    from undone as u
    left join today as t on t.feature_id = u.feature_id
    cross join lateral jsonb_populate_record(
        null::api.features, coalesce(to_jsonb(t), '{}') || u.image
    ) as past
    where u.image ->> 'op' <> 'C'; -- what was created later was not there
end
$$;

comment on function core.features_at(timestamptz, bigint[]) is
'Features as they were at a moment: those of a list, or (null) all.';
