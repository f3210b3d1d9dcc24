-- What a raw value is called here: the standard its alias stands for, else the known spelling of a
-- standard name, else the value itself, cleaned.
create or replace function core.standard_name(domain text, value text) returns text
language sql stable parallel safe
return (
    select
        coalesce(
            (
                select m.standard from core.name_map as m
                where m.domain = standard_name.domain and m.alias_key = k.match_key
            ),
            (
                select min(m.standard) from core.name_map as m
                where m.domain = standard_name.domain and m.standard_key = k.match_key
            ),
            k.cleaned
        )
    from (
        select
            c.cleaned,
            core.fold(c.cleaned) as match_key
        from (select core.clean(value) as cleaned) as c
    ) as k
);

comment on function core.standard_name(text, text) is
'The standard name of a raw value in a domain of the name map; null for an empty value.';
