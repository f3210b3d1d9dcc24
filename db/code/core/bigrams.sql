-- Its cost is what it takes, or the planner would rather compute it for each row than look into an
-- index.
create or replace function core.bigrams(value text) returns text[]
language sql immutable parallel safe cost 1000 as $$
    select array(
        select distinct t.first || t.second
        from unnest(string_to_array(value, null), (string_to_array(value, null))[2:])
            as t (first, second)
        where t.second is not null
    )
$$;

comment on function core.bigrams(text) is
'The distinct pairs of neighbouring characters of a text: what the search index holds, and what '
'two like names have in common.';
