-- What raw values are called here: the standard an alias stands for, else the known spelling of a
-- standard name, else the value itself, cleaned. For many values at once: a run asks for thousands.
create or replace function core.standard_names(domain text, names text[])
returns table (name text, standard text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select
        v.name,
        coalesce(
            alias.standard,
            (
                select min(m.standard) from core.name_map as m
                where m.domain = standard_names.domain and m.standard_key = v.match_key
            ),
            v.cleaned
        )
    from (
        select c.name, c.cleaned, core.fold(c.cleaned) as match_key
        from (select n.name, core.clean(n.name) as cleaned from unnest(names) as n (name)) as c
    ) as v
    left join core.name_map as alias
        on alias.domain = standard_names.domain and alias.alias_key = v.match_key
$$;

comment on function core.standard_names(text, text[]) is
'The standard names of raw values in a domain of the name map; null for an empty value.';
