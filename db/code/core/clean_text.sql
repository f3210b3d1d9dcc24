-- Long text keeps its line breaks; otherwise like core.clean.
create or replace function core.clean_text(value text) returns text
language sql immutable parallel safe
return case
    when core.is_clean(value) then value
    else nullif(btrim(regexp_replace(
        regexp_replace(
            normalize(
                regexp_replace(value, '[\u00ad\u180e\u200b-\u200d\u2060\ufeff]', '', 'g'), nfc
            ),
            '[\t\v\f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]+', ' ', 'g'
        ),
        ' ?(\r\n|[\r\n\u0085\u2028\u2029]) ?', E'\n', 'g'
    ), E' \n'), '')
end;

comment on function core.clean_text(text) is
'A long text as it is stored: like core.clean, but line breaks stay, as \n.';
