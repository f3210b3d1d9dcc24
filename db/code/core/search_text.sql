-- Immutable, because an index is built on it: || where concat_ws would be shorter.
create or replace function core.search_text(
    feature_group text, feature_name text, title text, owner text, description text
) returns text
language sql immutable parallel safe
return lower(
    feature_group || E'\n' || feature_name || E'\n' || coalesce(title, '') || E'\n'
    || coalesce(owner, '') || E'\n' || coalesce(description, '')
);

comment on function core.search_text(text, text, text, text, text) is
'What a search looks into: the fields in lower case, a line each.';
