-- The net difference: what changed and changed back does not show.
create or replace function api.features_between(
    earlier timestamptz, later timestamptz, of_group text default null
) returns table (
    feature_id bigint,
    op text,
    kind text,
    feature_group text,
    feature_name text,
    environment text,
    changed_fields text[],
    before jsonb,
    after jsonb
)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    v_group text := core.standard_name('feature_group', of_group);
    v_members bigint[];
begin
    perform core.check_ledger_reaches(earlier);
    if later < earlier then
        raise exception '% lies before %', later, earlier
            using errcode = 'FM422', hint = 'Give the earlier moment first.';
    end if;
    v_members := array(
        select distinct c.feature_id from core.changes as c
        where c.changed_at > earlier and c.changed_at <= later
            and (
                v_group is null
                or c.feature_group = v_group
                or c.before ->> 'feature_group' = v_group
            )
    );
    return query
    select
        coalesce(l.feature_id, e.feature_id),
        case when e.feature_id is null then 'C' when l.feature_id is null then 'D' else 'U' end,
        coalesce(l.kind, e.kind),
        coalesce(l.feature_group, e.feature_group),
        coalesce(l.feature_name, e.feature_name),
        coalesce(l.environment, e.environment),
        field.names,
        case when l.feature_id is null then to_jsonb(e) else field.before end,
        case when e.feature_id is null then to_jsonb(l) else field.after end
    from core.features_at(earlier, v_members) as e
    full join core.features_at(later, v_members) as l on l.feature_id = e.feature_id
    left join lateral (
        select
            array_agg(o.key order by o.key) as names,
            jsonb_object_agg(o.key, o.value) as before,
            jsonb_object_agg(o.key, n.value) as after
        from jsonb_each(to_jsonb(e) - 'changed_at') as o
        inner join jsonb_each(to_jsonb(l)) as n on n.key = o.key
        where o.value is distinct from n.value
    ) as field on e.feature_id = l.feature_id
    where (e.feature_id is null or l.feature_id is null or field.names is not null)
        and (v_group is null or v_group in (e.feature_group, l.feature_group));
end
$$;

comment on function api.features_between(timestamptz, timestamptz, text) is
'What differs between two moments, of one group (aliases count) or all: op C (came), U (before and '
'after hold the changed fields), D (went).';
