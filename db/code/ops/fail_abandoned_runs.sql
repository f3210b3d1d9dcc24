-- Called with the sync lock held, so a run that still says running has lost its process. That was
-- no fault of the source: what was ordered is tried again at once.
create or replace function ops.fail_abandoned_runs() returns setof ops.runs
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_run ops.runs;
begin
    for v_run in
        update ops.runs as r
        set status = 'failed',
            finished_at = clock_timestamp(),
            error = 'the process that ran it ended before it was done; nothing was changed'
        where r.status = 'running'
        returning r.*
    loop
        perform ops.retry_run(v_run.run_id, true);
        return next v_run;
    end loop;
end
$$;

comment on function ops.fail_abandoned_runs() is
'Fails the runs whose process died, and queues again what was ordered. Only the holder of the sync'
' lock may call it.';
