create or replace function core.reject_rows() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    -- /api/v1/<name> means the view; a group of that name could never be asked for.
    v_reserved text[] := array(
        select s.standard from pg_temp.spellings as s
        where s.domain = 'feature_group'
            and (
                s.standard = 'all'
                or exists (
                    select from pg_catalog.pg_class as c
                    where c.relnamespace = 'api'::regnamespace
                        and c.relkind in ('v', 'm') and c.relname = s.standard
                )
            )
    );
begin
    if cardinality(v_reserved) > 0 then
        update pg_temp.difference as d set match = 'reserved'
        where d.match = 'new' and d.feature_group = any (v_reserved);
    end if;
    -- A row rejected for its date still says that its feature is there.
    delete from pg_temp.difference as gone
    using core.features as f, pg_temp.difference as undated
    where gone.match = 'missing' and f.feature_id = gone.feature_id
        and undated.match = 'undated' and undated.identity_hash = f.identity_hash;

    with rejected as (
        delete from pg_temp.difference as d
        where d.match in ('foreign', 'nameless', 'reserved', 'undated')
        returning d._row, d.match, d.feature_group
    )
    insert into pg_temp.rejected (_row, code, message)
    select
        r._row,
        case
            when r.match = 'foreign' then 'owned_by_other_source'
            when r.match = 'reserved' then 'reserved_group'
            when r.match = 'undated' then 'unreadable_date'
            when r.feature_group is null then 'missing_group'
            else 'missing_name'
        end,
        case
            when r.match = 'foreign' then 'another source owns this identity'
            when r.match = 'reserved'
                then 'a group may not bear the name of a view: ' || r.feature_group
            when r.match = 'undated'
                then 'a date cannot be read or is ambiguous: write it as 2025-01-31'
            when r.feature_group is null then 'the row names no feature_group'
            else 'the row names no feature'
        end
    from rejected as r;
end
$$;

comment on function core.reject_rows() is
'Takes rows that cannot be applied out of pg_temp.difference and into pg_temp.rejected.';
