-- Names and short values: NFC, no zero-width characters, single spaces, trimmed; empty is null.
-- The first branch is the common case and costs one regular expression. Idempotent: clean(clean(x))
-- = clean(x), so a value that equals a stored one needs no cleaning; core.compare_delivery lives on
-- that.
create or replace function core.clean(value text) returns text
language sql immutable parallel safe
return case
    when core.is_clean(value) then value
    else nullif(btrim(regexp_replace(
        normalize(regexp_replace(value, '[\u00ad\u180e\u200b-\u200d\u2060\ufeff]', '', 'g'), nfc),
        '[\s\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g'
    )), '')
end;

comment on function core.clean(text) is
'A name or short value as it is stored: NFC, no zero-width characters, single spaces, trimmed; '
'empty becomes null.';
