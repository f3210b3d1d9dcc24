create or replace function core.search_words(q text) returns text[]
language sql immutable parallel safe
return coalesce(string_to_array(lower(core.clean(q)), ' '), '{}');

comment on function core.search_words(text) is 'The words of a search, in lower case.';
