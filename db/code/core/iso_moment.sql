create or replace function core.iso_moment(moment timestamp) returns text
language sql immutable set search_path = pg_catalog, pg_temp
return case
    when moment = date_trunc('day', moment) then to_char(moment, 'YYYY-MM-DD')
    else to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS')
end;

comment on function core.iso_moment(timestamp) is
'ISO 8601; the date alone at midnight.';
