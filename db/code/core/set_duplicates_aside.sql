create or replace function core.set_duplicates_aside(
    run_id bigint, source text, mapping jsonb
) returns void
language plpgsql set search_path = '' as $$
declare
    v_loser record;
begin
    execute format(
        'insert into pg_temp.losers
         select i._row, i.winner
         from (
             select h._row, max(h._row) over (partition by h.identity_hash) as winner
             from (
                 select
                     s._row,
                     core.identity_hash(
                         s.kind, s.feature_group, core.clean(s.feature_name), s.environment
                     ) as identity_hash
                 from (%s) as s
             ) as h
             where h.identity_hash is not null
         ) as i
         where i._row <> i.winner',
        core.staged_query(source, mapping)
    );
    for v_loser in
        select l.winner, array_agg(l._row) as rows
        from pg_temp.losers as l
        group by l.winner
        order by l.winner
    loop
        perform core.report_issue_rows(
            run_id, source, 'duplicate',
            format('the same identity comes again in row %s, which counts', v_loser.winner),
            v_loser.rows
        );
    end loop;
end
$$;

comment on function core.set_duplicates_aside(bigint, text, jsonb) is
'Finds the rows whose identity comes again later in the delivery, records them as issues and '
'lists them in pg_temp.losers.';
