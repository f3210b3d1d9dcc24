create or replace function ops.skip_run(run_id bigint) returns ops.runs
language plpgsql security definer set search_path = '' as $$
declare
    v_run ops.runs;
    v_live bigint;
begin
    select count(*) into v_live
    from core.features as f
    inner join ops.runs as r on r.run_id = skip_run.run_id and r.source = f.source
    where f.removed_at is null;
    update ops.runs as r
    set status = 'succeeded', finished_at = clock_timestamp(), read = v_live, unchanged = v_live,
        rejected = 0, created = 0, updated = 0, removed = 0, moved = 0
    where r.run_id = skip_run.run_id and r.status = 'running'
    returning r.* into strict v_run;
    return v_run;
end
$$;

comment on function ops.skip_run(bigint) is
'Ends a run whose delivery is byte for byte the last one.';
