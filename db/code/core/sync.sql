-- The heart of FMW: one delivery, staged in raw.<source>, becomes the source's state. Everything
-- happens in the caller's transaction, so a run is applied whole or not at all.
create or replace function core.sync(
    run_id bigint, mapping jsonb, fingerprint text
) returns ops.runs
language plpgsql security definer
set search_path = pg_catalog, pg_temp set work_mem = '1GB' set jit = off
as $$
declare
    v_run ops.runs;
begin
    select * into strict v_run
    from ops.runs as r where r.run_id = sync.run_id and r.status = 'running';
    v_run.fingerprint := fingerprint;
    -- Corrections by hand wait until the run is over, so that its counts are true.
    lock table core.features in share row exclusive mode;
    v_run.read := core.count_staged(v_run.source);

    begin
        return core.apply_delivery(v_run, mapping, false);
    exception when unique_violation or cardinality_violation then
        -- Two new rows of one identity: a second go finds them, reports them and sets them aside.
        return core.apply_delivery(v_run, mapping, true);
    end;
end
$$;

comment on function core.sync(bigint, jsonb, text) is
'Applies the delivery staged in raw.<source> for a running run and closes the run: succeeded or '
'held.';
