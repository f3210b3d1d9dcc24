-- The index of bigrams finds the candidates. It needs no extension, and serves Korean, whose words
-- are often two syllables short. Inlined into the query, but for the fence: without `offset 0` a
-- query with order and limit would rather walk the features in that order, computing the bigrams of
-- each. A word of one character is searched without the index.
create or replace function api.search_features(q text) returns setof api.features
language sql stable parallel safe
begin atomic
    select f.*
    from api.features as f
    where
        core.bigrams(
            core.search_text(f.feature_group, f.feature_name, f.title, f.owner, f.description)
        ) @> core.search_bigrams(q)
        and core.search_text(f.feature_group, f.feature_name, f.title, f.owner, f.description)
        like all(core.search_patterns(q))
    offset 0; -- noqa: AM09
end;

comment on function api.search_features(text) is
'The features that hold every word of q in group, name, title, owner or description, in any case '
'and anywhere within a word.
Columns: feature_group, feature_name, title, owner, description';
