-- A scheduled job may say REFRESH MATERIALIZED VIEW by itself. Two event triggers (db/events.sql)
-- make it what ops.refresh() is.
create or replace function ops.prepare_plain_refresh() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if coalesce(current_setting('fmw.refreshing', true), '') = '' then
        perform core.enter_refresh();
    end if;
end
$$;

comment on function ops.prepare_plain_refresh() is
'Makes a plain REFRESH MATERIALIZED VIEW wait for writers and other refreshes.';
