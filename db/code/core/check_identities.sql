-- A run dated back gives no feature an identity that another, which has left it since, still had.
-- No nested loop: a ledger that is long and a delivery that is large would never be through.
create or replace function core.check_identities(run ops.runs) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp set enable_nestloop = off
as $$
declare
    v_name text;
    v_moment timestamptz;
begin
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

comment on function core.check_identities(ops.runs) is
'Refuses (FM422) a run dated before another feature gave up an identity the run would give.';
