create or replace function core.report_rejected(run_id bigint, source text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format(
        'insert into ops.run_issues (run_id, source, row_number, location, code, message, raw)
         select $1, $2, j._row, ''data row '' || j._row, j.code, j.message, to_jsonb(r) - ''_row''
         from pg_temp.rejected as j
         inner join raw.%I as r on r._row = j._row
         order by j._row',
        source
    ) using run_id, source;
end
$$;

comment on function core.report_rejected(bigint, text) is
'Records the rows of pg_temp.rejected as issues of a run, with what they held.';
