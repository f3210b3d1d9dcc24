create or replace function ops.publish_plain_refresh() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_views text[];
begin
    if coalesce(current_setting('fmw.refreshing', true), '') <> '' then
        return;
    end if;
    v_views := array(
        select c.relname
        from pg_event_trigger_ddl_commands() as command
        inner join pg_catalog.pg_class as c on c.oid = command.objid
        where command.schema_name = 'api' and c.relname in (select core.due_views())
    );
    if v_views <> '{}' then
        perform core.publish(v_views);
    end if;
end
$$;

comment on function ops.publish_plain_refresh() is
'After a plain REFRESH MATERIALIZED VIEW: a new snapshot version, if the view was not up to date.';
