create or replace function core.apply_delivery(
    run ops.runs, mapping jsonb, has_duplicates boolean
) returns ops.runs
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_run ops.runs;
    v_objection text;
begin
    create temporary table rejected (_row bigint, code text, message text) on commit drop;
    -- Once more if the name map changed meanwhile: the run notes which one it used.
    loop
        run.name_map_change_id := core.name_map_version();
        perform core.learn_spellings(run.source, mapping);
        exit when core.name_map_version() = run.name_map_change_id;
        drop table pg_temp.spellings;
    end loop;
    perform core.compare_delivery(run.source, mapping);
    if has_duplicates or core.has_duplicates(run.source, run.read) then
        perform core.set_duplicates_aside(run.source, mapping);
        perform core.compare_delivery(run.source, mapping);
    end if;
    perform core.resolve_identities(run.source);
    perform core.reject_rows();
    perform core.match_moves();
    perform core.report_rejected(run.run_id, run.source);

    v_objection := core.removal_objection(run);
    if v_objection is null then
        perform core.check_date(run);
        perform core.check_identities(run);
        perform set_config('fmw.run_id', run.run_id::text, true);
        perform core.apply_difference(run.source, run.effective_at);
        perform set_config('fmw.run_id', '', true);
    end if;
    v_run := core.close_run(run, v_objection);
    drop table pg_temp.difference, pg_temp.rejected, pg_temp.spellings;
    return v_run;
end
$$;

comment on function core.apply_delivery(ops.runs, jsonb, boolean) is
'Compares the delivery staged for a run with what is stored, applies the difference and closes the '
'run. Raises unique_violation if new rows share an identity and has_duplicates does not say so.';
