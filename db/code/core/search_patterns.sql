-- A word of two characters needs no second look: its bigram is the word.
create or replace function core.search_patterns(q text) returns text[]
language sql immutable parallel safe
return array(
    select '%' || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%'
    from unnest(core.search_words(q)) as w (word)
    where length(w.word) <> 2
);

comment on function core.search_patterns(text) is
'The LIKE patterns of the words of a search that their bigrams do not decide.';
