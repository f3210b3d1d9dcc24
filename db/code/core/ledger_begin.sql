create or replace function core.ledger_begin() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
return (
    select coalesce(max(d.changed_before), '-infinity') from core.detached_partitions as d
);

comment on function core.ledger_begin() is
'Since when the ledger is whole: what was before has been detached from it.';
