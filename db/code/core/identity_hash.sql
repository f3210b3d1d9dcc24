-- STABLE because convert_to is: declared IMMUTABLE it would not be inlined and cost three times as
-- much. The unit separator cannot occur in a clean name, so no two identities run together.
create or replace function core.identity_hash(
    kind text, feature_group text, feature_name text, environment text
) returns bytea
language sql stable parallel safe
return sha256(convert_to(
    kind || E'\x1f' || feature_group || E'\x1f' || feature_name || E'\x1f' || environment, 'UTF8'
));

comment on function core.identity_hash(text, text, text, text) is
'sha256 of an identity whose parts are clean (core.clean); letter case counts. Null if a part is '
'null.';
