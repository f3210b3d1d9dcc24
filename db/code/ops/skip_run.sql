-- The counts of the run that took these bytes are repeated: what it rejected is still not taken.
-- So is its name map, which is part of the fingerprint: one that changed since is not yet applied.
create or replace function ops.skip_run(run_id bigint) returns ops.runs
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_run ops.runs;
    v_taken ops.runs;
begin
    select taken.* into strict v_taken
    from ops.runs as r
    inner join ops.sources as s on s.source = r.source
    inner join ops.runs as taken
        on taken.source = s.source
        and taken.fingerprint = s.fingerprint
        and taken.status = 'succeeded'
    where r.run_id = skip_run.run_id
    order by taken.run_id desc
    limit 1;
    update ops.runs as r
    set status = 'succeeded', finished_at = clock_timestamp(), fingerprint = v_taken.fingerprint,
        name_map_change_id = v_taken.name_map_change_id,
        read = v_taken.read, rejected = v_taken.rejected,
        unchanged = v_taken.read - v_taken.rejected,
        created = 0, updated = 0, removed = 0, moved = 0
    where r.run_id = skip_run.run_id and r.status = 'running'
    returning r.* into strict v_run;
    update ops.sources as s set effective_at = v_run.effective_at where s.source = v_run.source;
    return v_run;
end
$$;

comment on function ops.skip_run(bigint) is
'Ends a run whose delivery is byte for byte the last one.';
