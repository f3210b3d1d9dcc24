create or replace function core.report_issue_rows(
    run_id bigint, source text, code text, message text, rows bigint[]
) returns void
language plpgsql set search_path = '' as $$
begin
    execute format(
        'insert into ops.run_issues (run_id, source, row_number, location, code, message, raw)
         select $1, $2, r._row, ''row '' || r._row, $3, $4, to_jsonb(r) - ''_row''
         from raw.%I as r where r._row = any ($5) order by r._row',
        source
    ) using run_id, source, code, message, rows;
end
$$;

comment on function core.report_issue_rows(bigint, text, text, text, bigint[]) is
'Records staging rows as issues of a run, with what they held.';
