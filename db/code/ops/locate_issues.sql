create or replace function ops.locate_issues(
    run_id bigint, rows bigint[], locations text[]
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.run_issues as i
    set location = l.location
    from unnest(rows, locations) as l (row_number, location)
    where i.run_id = locate_issues.run_id and i.row_number = l.row_number
$$;

comment on function ops.locate_issues(bigint, bigint[], text[]) is
'Gives issues of staging rows their place in the input: file and line.';
