create or replace function core.current_effective_at(run_id bigint) returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(
        (select r.effective_at from ops.runs as r where r.run_id = current_effective_at.run_id),
        now()
    )
$$;

comment on function core.current_effective_at(bigint) is
'The date of a run; now for what is done by hand (null).';
