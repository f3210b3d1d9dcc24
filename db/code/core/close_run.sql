create or replace function core.close_run(run ops.runs, objection text) returns ops.runs
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_run ops.runs;
begin
    update ops.runs as r
    set status = case when objection is null then 'succeeded' else 'held' end,
        error = objection,
        finished_at = clock_timestamp(),
        fingerprint = run.fingerprint,
        name_map_change_id = run.name_map_change_id,
        read = run.read + t.unread,
        rejected = t.rejected,
        created = t.created,
        updated = t.updated,
        removed = t.removed,
        moved = t.moved,
        unchanged = run.read + t.unread - t.rejected - t.created - t.updated
    from (
        select
            (select count(*) from pg_temp.difference)
            - count(*) filter (where d.match <> 'returns') as created,
            count(*) filter (where d.match in ('same', 'respelled', 'taken', 'moved')) as updated,
            count(*) filter (where d.match = 'missing') as removed,
            count(*) filter (where d.match = 'moved') as moved,
            (
                select count(*) from ops.run_issues as i
                where i.run_id = run.run_id and not i.is_warning
            ) as rejected,
            (
                select count(*) from ops.run_issues as i
                where i.run_id = run.run_id and i.row_number is null and not i.is_warning
            ) as unread
        from pg_temp.difference as d
        where d.match <> 'new'
    ) as t
    where r.run_id = run.run_id
    returning r.* into strict v_run;
    if objection is null then
        update ops.sources as s
        set effective_at = v_run.effective_at,
            -- What another source owns today may be free tomorrow: do not skip the same bytes then.
            fingerprint = case
                when not exists (
                    select from pg_temp.rejected as j where j.code = 'owned_by_other_source'
                ) then v_run.fingerprint
            end
        where s.source = v_run.source;
    end if;
    return v_run;
end
$$;

comment on function core.close_run(ops.runs, text) is
'Writes the counts of pg_temp.difference into the run and ends it: held if there is an objection,'
' else succeeded.';
