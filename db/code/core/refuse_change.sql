create or replace function core.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the ledger core.changes is append-only: % refused', lower(tg_op)
        using errcode = 'insufficient_privilege',
        hint = 'Correct core.features instead; the correction becomes a new ledger row.';
end
$$;

comment on function core.refuse_change() is
'Refuses UPDATE, DELETE and TRUNCATE of the ledger, for everyone.';

create or replace trigger changes_append_only before update or delete on core.changes
for each row execute function core.refuse_change();

create or replace trigger changes_no_truncate before truncate on core.changes
execute function core.refuse_change();

create or replace trigger changes_no_truncate before truncate on core.changes_default
execute function core.refuse_change();
