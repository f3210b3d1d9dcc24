create or replace function core.mark_unpublished() returns void
language sql set search_path = pg_catalog, pg_temp
begin atomic
    insert into core.unpublished (view_name)
    select v.matviewname from pg_catalog.pg_matviews as v where v.schemaname = 'api';
end;

comment on function core.mark_unpublished() is
'Notes that no materialized view of schema api shows the latest change.';
