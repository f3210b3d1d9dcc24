create or replace function core.reject_rows(run_id bigint, source text) returns void
language plpgsql set search_path = '' as $$
declare
    v_rejected record;
begin
    for v_rejected in
        with rejected as (
            delete from pg_temp.difference as d
            where d.match = 'foreign' or (d.match = 'new' and d.identity_hash is null)
            returning
                d._row,
                case
                    when d.match = 'foreign' then 'owned_by_other_source'
                    when d.feature_group is null then 'missing_group'
                    else 'missing_name'
                end as code
        )
        select r.code, array_agg(r._row) as rows from rejected as r group by r.code
    loop
        perform core.report_issue_rows(
            run_id, source, v_rejected.code,
            case v_rejected.code
                when 'owned_by_other_source' then 'another source owns this identity'
                when 'missing_group' then 'the row names no feature_group'
                else 'the row names no feature'
            end,
            v_rejected.rows
        );
    end loop;
end
$$;

comment on function core.reject_rows(bigint, text) is
'Takes rows that cannot be applied out of pg_temp.difference and records them as issues.';
