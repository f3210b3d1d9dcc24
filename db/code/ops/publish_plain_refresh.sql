-- A scheduled job may say REFRESH MATERIALIZED VIEW by itself; an event trigger (db/events.sql)
-- gives what it brought a version. The marks stay: which changes a plain refresh saw is not known,
-- for it keeps no writer out. The next ops.refresh() takes them away.
create or replace function ops.publish_plain_refresh() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(current_setting('fmw.refreshing', true), '') = '' and exists (
        select
        from pg_event_trigger_ddl_commands() as command
        inner join pg_catalog.pg_class as c on c.oid = command.objid
        where command.schema_name = 'api' and c.relname in (select core.due_views())
    ) then
        perform core.next_version();
    end if;
end
$$;

comment on function ops.publish_plain_refresh() is
'After a plain REFRESH MATERIALIZED VIEW: a new snapshot version, if the view was not up to date.';
