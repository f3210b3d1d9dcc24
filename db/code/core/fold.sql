-- The matching form of text that is clean already.
create or replace function core.fold(value text) returns text
language sql immutable parallel safe
return lower(case when value is nfkc normalized then value else normalize(value, nfkc) end);

comment on function core.fold(text) is
'The matching form of a clean text: NFKC and lower case. Two names with one form are one name.';
