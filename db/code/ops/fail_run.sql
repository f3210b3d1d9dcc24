create or replace function ops.fail_run(run_id bigint, error text) returns ops.runs
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.runs as r
    set status = 'failed', finished_at = clock_timestamp(), error = fail_run.error
    where r.run_id = fail_run.run_id and r.status in ('queued', 'running')
    returning r.*
$$;

comment on function ops.fail_run(bigint, text) is
'Ends a run that could not be done, and says why.';
