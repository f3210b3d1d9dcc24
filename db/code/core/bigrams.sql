create or replace function core.bigrams(value text) returns text[]
language sql immutable parallel safe
return array(
    select distinct substr(value, n.i, 2) from generate_series(1, length(value) - 1) as n (i)
);

comment on function core.bigrams(text) is
'The distinct two-character pieces of a text; what two texts have in common measures their '
'likeness.';
