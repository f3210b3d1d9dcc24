-- The ledger of a feature goes forward in time, or its days could not be counted.
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
end
$$;

comment on function core.check_date(ops.runs) is
'Refuses (FM422) a run dated before the last change of a feature it would change.';
