create or replace function core.reject_rows(
    run_id bigint, source text, match text, code text, message text
) returns void
language plpgsql set search_path = '' as $$
declare
    v_rows bigint[];
begin
    with rejected as (
        delete from pg_temp.difference as d
        where d._row is not null and case reject_rows.match
            when 'no name' then d.feature_name is null
            when 'no group' then d.feature_group is null
            else d.match = reject_rows.match
        end
        returning d._row
    )
    select array_agg(r._row) into v_rows from rejected as r;
    if v_rows is not null then
        perform core.report_issue_rows(run_id, source, code, message, v_rows);
    end if;
end
$$;

comment on function core.reject_rows(bigint, text, text, text, text) is
'Takes the rows of one kind out of pg_temp.difference and records them as issues.';
