create or replace function core.refuse_truncate() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'truncate of %.% refused: the ledger would not see it',
        tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege', hint = 'Delete the rows instead.';
end
$$;

comment on function core.refuse_truncate() is
'Refuses TRUNCATE of what has a ledger, for everyone.';

create or replace trigger features_no_truncate before truncate on core.features
execute function core.refuse_truncate();

create or replace trigger name_map_no_truncate before truncate on core.name_map
execute function core.refuse_truncate();
