create or replace function core.reject_rows() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    -- /api/v1/<name> means the view; a group of that name could never be asked for.
    v_reserved text[] := array(
        select c.relname::text from pg_catalog.pg_class as c
        where c.relnamespace = 'api'::regnamespace and c.relkind in ('v', 'm')
    ) || 'all'::text;
begin
    with rejected as (
        delete from pg_temp.difference as d
        where d.match = 'foreign'
            or (d.match = 'new' and (d.identity_hash is null or d.feature_group = any (v_reserved)))
        returning d._row, d.match, d.feature_group
    )
    insert into pg_temp.rejected (_row, code, message)
    select r._row, reason.code, reason.message
    from rejected as r
    cross join lateral (
        select 'owned_by_other_source', 'another source owns this identity'
        where r.match = 'foreign'
        union all
        select 'missing_group', 'the row names no feature_group'
        where r.match = 'new' and r.feature_group is null
        union all
        select 'reserved_group', 'a group may not bear the name of a view: ' || r.feature_group
        where r.match = 'new' and r.feature_group = any (v_reserved)
        union all
        select 'missing_name', 'the row names no feature'
        where r.match = 'new' and r.feature_group <> all (v_reserved)
    ) as reason (code, message);
end
$$;

comment on function core.reject_rows() is
'Takes rows that cannot be applied out of pg_temp.difference and into pg_temp.rejected.';
