-- An update that gives a row another domain or key removes one alias and adds another.
create or replace function core.record_alias() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into core.name_map_changes (op, domain, alias, old_standard, new_standard, reason)
    select
        case when o.alias is null then 'C' when n.alias is null then 'D' else 'U' end,
        coalesce(n.domain, o.domain),
        coalesce(n.alias, o.alias),
        o.standard,
        n.standard,
        nullif(current_setting('fmw.reason', true), '')
    from (
        select old.domain, old.alias_key, old.alias, old.standard where tg_op <> 'INSERT'
    ) as o
    full join (
        select new.domain, new.alias_key, new.alias, new.standard where tg_op <> 'DELETE'
    ) as n on n.domain = o.domain and n.alias_key = o.alias_key
    where (o.alias, o.standard) is distinct from (n.alias, n.standard)
    order by o.alias is null; -- the old one goes before the new one comes
    return null;
end
$$;

comment on function core.record_alias() is
'Writes the ledger of the name map, whoever changes it.';

create or replace trigger name_map_record after insert or update or delete on core.name_map
for each row execute function core.record_alias();
