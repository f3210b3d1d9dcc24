-- The ledger of a feature goes forward in time, or its days could not be counted; and no identity
-- comes to a feature at a time when another, that has left it since, still had it.
create or replace function core.check_date(run ops.runs) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    v_name text;
    v_moment timestamptz;
begin
    select f.feature_name, f.changed_at into v_name, v_moment
    from pg_temp.difference as d
    inner join core.features as f on f.feature_id = d.feature_id
    where d.match <> 'new' and f.changed_at > run.effective_at
    limit 1;
    if found then
        raise exception 'feature % changed on %, after the date of this delivery', v_name, v_moment
            using errcode = 'FM422', hint = 'Give a later --effective-at.';
    end if;
    if not exists (select from core.changes as c where c.changed_at > run.effective_at) then
        return;
    end if;
    select d.feature_name, c.changed_at into v_name, v_moment
    from core.changes as c
    left join core.features as f on f.feature_id = c.feature_id
    inner join pg_temp.difference as d
        on d.feature_group = coalesce(c.before ->> 'feature_group', c.feature_group)
        and d.feature_name = coalesce(c.before ->> 'feature_name', f.feature_name)
        and d.environment = coalesce(c.before ->> 'environment', f.environment)
        and d.kind = coalesce(c.before ->> 'kind', f.kind)
    where c.changed_at > run.effective_at
        and d.match in ('new', 'moved')
        and c.feature_id is distinct from d.feature_id
        and (c.before ? 'feature_group' or (c.run_id is null and c.op <> 'C'))
    limit 1;
    if found then
        raise exception 'another feature was % until %, after the date of this delivery',
            v_name, v_moment
            using errcode = 'FM422', hint = 'Give a later --effective-at.';
    end if;
end
$$;

comment on function core.check_date(ops.runs) is
'Refuses (FM422) a run dated before the last change of a feature it would change, or before another'
' feature gave up an identity it would give.';
