-- Called with the sync lock held, so a run that still says running has lost its process.
create or replace function ops.fail_abandoned_runs() returns setof ops.runs
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.runs as r
    set status = 'failed',
        finished_at = clock_timestamp(),
        error = 'the process that ran it ended before it was done; nothing was changed'
    where r.status = 'running'
    returning r.*
$$;

comment on function ops.fail_abandoned_runs() is
'Fails the runs whose process died. Only the holder of the sync lock may call it.';
