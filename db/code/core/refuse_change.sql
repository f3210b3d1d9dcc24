create or replace function core.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the ledger %.% is append-only: % refused',
        tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege',
        hint = 'Correct what it tells of; the correction becomes a new row of it.';
end
$$;

comment on function core.refuse_change() is
'Refuses UPDATE, DELETE and TRUNCATE of the ledgers, for everyone.';

create or replace trigger changes_append_only before update or delete on core.changes
for each row execute function core.refuse_change();

create or replace trigger changes_no_truncate before truncate on core.changes
execute function core.refuse_change();

create or replace trigger changes_no_truncate before truncate on core.changes_default
execute function core.refuse_change();

create or replace trigger name_map_changes_append_only
before update or delete or truncate on core.name_map_changes
for each statement execute function core.refuse_change();
