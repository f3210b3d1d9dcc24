create or replace function core.search_bigrams(q text) returns text[]
language sql immutable parallel safe
return array(
    select distinct b.bigram
    from unnest(core.search_words(q)) as w (word)
    cross join lateral unnest(core.bigrams(w.word)) as b (bigram)
);

comment on function core.search_bigrams(text) is
'The bigrams that a feature must hold to be found.';
