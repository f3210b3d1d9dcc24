create or replace function core.set_duplicates_aside(source text, mapping jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    execute format(
        'insert into pg_temp.rejected
         select
             i._row,
             ''duplicate'',
             ''the same identity comes again in data row '' || i.winner
                || '' (below the header), which counts''
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
end
$$;

comment on function core.set_duplicates_aside(text, jsonb) is
'Puts the rows whose identity comes again later in the delivery into pg_temp.rejected.';
