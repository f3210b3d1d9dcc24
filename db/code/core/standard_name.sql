create or replace function core.standard_name(domain text, value text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select s.standard from core.standard_names(standard_name.domain, array[value]) as s
$$;

comment on function core.standard_name(text, text) is
'The standard name of one raw value in a domain of the name map; null for an empty value.';
