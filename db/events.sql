-- An event trigger belongs to a superuser, so it is not made by fmw_owner. Without one, a plain
-- REFRESH MATERIALIZED VIEW works all the same, and the next ops.refresh() gives it its version.
do $$
begin
    if not (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user) then
        raise notice 'no superuser: a plain REFRESH will not move the snapshot version';
        return;
    end if;
    drop event trigger if exists fmw_publish_plain_refresh;
    create event trigger fmw_publish_plain_refresh on ddl_command_end
    when tag in ('REFRESH MATERIALIZED VIEW')
    execute function ops.publish_plain_refresh();
end
$$;
