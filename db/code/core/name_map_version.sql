-- Writers of the name map wait for each other, so the ids grow in the order of the commits: two
-- looks that find the same version saw the same name map.
create or replace function core.name_map_version() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(max(m.name_map_change_id), 0) from core.name_map_changes as m
$$;

comment on function core.name_map_version() is
'The last change of the name map, as a name_map_change_id; 0 = none yet.';
