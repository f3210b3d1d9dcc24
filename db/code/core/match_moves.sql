-- A row missing under its old group and new under another, same kind, name and environment, one to
-- one, has moved. Where the new place holds a feature removed earlier, that feature returns
-- instead: two histories are never merged.
create or replace function core.match_moves() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    with gone as (
        select
            d.feature_id,
            f.kind,
            f.feature_name,
            f.environment,
            count(*) over (partition by f.kind, f.feature_name, f.environment) as homonyms
        from pg_temp.difference as d
        inner join core.features as f on f.feature_id = d.feature_id
        where d.match = 'missing'
    ),
    come as (
        select
            d._row,
            d.kind,
            d.feature_name,
            d.environment,
            count(*) over (partition by d.kind, d.feature_name, d.environment) as homonyms
        from pg_temp.difference as d
        where d.match = 'new' and exists (select from gone)
    )
    update pg_temp.difference as d
    set match = 'moved', feature_id = gone.feature_id
    from come
    inner join gone
        on gone.kind = come.kind
        and gone.feature_name = come.feature_name
        and gone.environment = come.environment
    where d._row = come._row and come.homonyms = 1 and gone.homonyms = 1;

    delete from pg_temp.difference as gone
    using pg_temp.difference as moved
    where gone.match = 'missing' and moved.match = 'moved' and moved.feature_id = gone.feature_id;
end
$$;

comment on function core.match_moves() is
'Marks rows of pg_temp.difference that are features moved to another group.';
