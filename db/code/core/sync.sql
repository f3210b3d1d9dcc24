-- The heart of FMW: one delivery, staged in raw.<source>, becomes the source's state. Everything
-- happens in the caller's transaction, so a run is applied whole or not at all.
create or replace function core.sync(
    run_id bigint, mapping jsonb, fingerprint text
) returns ops.runs
language plpgsql security definer
set search_path = pg_catalog, pg_temp set work_mem = '256MB' set jit = off
as $$
declare
    v_run ops.runs;
    v_objection text;
begin
    select * into strict v_run
    from ops.runs as r where r.run_id = sync.run_id and r.status = 'running';
    v_run.fingerprint := fingerprint;
    -- Corrections by hand wait until the run is over, so that its counts are true.
    lock table core.features in share row exclusive mode;
    v_run.read := core.count_staged(v_run.source);

    create temporary table rejected (_row bigint, code text, message text) on commit drop;
    -- Once more if the name map changed meanwhile: the run notes which one it used.
    loop
        v_run.name_map_change_id := core.name_map_version();
        perform core.learn_spellings(v_run.source, mapping);
        exit when core.name_map_version() = v_run.name_map_change_id;
        drop table pg_temp.spellings;
    end loop;
    perform core.compare_delivery(v_run.source, mapping);
    if core.has_duplicates(v_run.source, v_run.read) then
        perform core.set_duplicates_aside(v_run.source, mapping);
        perform core.compare_delivery(v_run.source, mapping);
    end if;
    perform core.resolve_identities(v_run.source);
    perform core.reject_rows();
    perform core.match_moves();
    perform core.report_rejected(run_id, v_run.source);

    v_objection := core.removal_objection(v_run);
    if v_objection is null then
        perform core.check_date(v_run);
        perform set_config('fmw.run_id', run_id::text, true);
        perform core.apply_difference(v_run.source, v_run.effective_at);
        perform set_config('fmw.run_id', '', true);
    end if;
    v_run := core.close_run(v_run, v_objection);
    drop table pg_temp.difference, pg_temp.rejected, pg_temp.spellings;
    return v_run;
end
$$;

comment on function core.sync(bigint, jsonb, text) is
'Applies the delivery staged in raw.<source> for a running run and closes the run: succeeded or '
'held.';
