create or replace function ops.report_issues(
    run_id bigint,
    locations text[],
    codes text[],
    messages text[],
    raws text[],
    are_warnings boolean[]
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.run_issues (run_id, source, location, code, message, raw, is_warning)
    select r.run_id, r.source, i.location, i.code, i.message, to_jsonb(i.raw), i.is_warning
    from ops.runs as r
    cross join unnest(locations, codes, messages, raws, are_warnings)
        as i (location, code, message, raw, is_warning)
    where r.run_id = report_issues.run_id
$$;

comment on function ops.report_issues(bigint, text[], text[], text[], text[], boolean[]) is
'Records input rows that could not even be read, and what is doubtful about a delivery.';
