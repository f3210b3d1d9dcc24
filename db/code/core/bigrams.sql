create or replace function core.bigrams(value text) returns text[]
language sql immutable parallel safe as $$
    select array(
        select t.first || t.second
        from unnest(string_to_array(value, null), (string_to_array(value, null))[2:])
            as t (first, second)
        where t.second is not null
    )
$$;

comment on function core.bigrams(text) is
'Every two neighbouring characters of a text: what the search index holds.';
