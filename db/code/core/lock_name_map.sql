-- One writer at a time, to the end of its transaction. So whoever looks for chains sees all
-- aliases, and the ids of core.name_map_changes are in the order of the commits.
create or replace function core.lock_name_map() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform core.require_latest('change the name map');
    perform pg_advisory_xact_lock(hashtext('fmw.name_map'));
    return null;
end
$$;

comment on function core.lock_name_map() is
'Lets one transaction at a time write core.name_map, so that no two build a chain together.';

create or replace trigger name_map_lock before insert or update or delete on core.name_map
for each statement execute function core.lock_name_map();
