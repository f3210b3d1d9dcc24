create or replace function core.set_alias(domain text, alias text, standard text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into core.name_map (domain, alias, standard)
    values (set_alias.domain, set_alias.alias, set_alias.standard)
    on conflict (domain, alias_key) do update
    set standard = excluded.standard, alias = excluded.alias
    where name_map.standard <> excluded.standard
$$;

comment on function core.set_alias(text, text, text) is
'Adds an alias or points it at another standard name; the next run of each source applies it.';
