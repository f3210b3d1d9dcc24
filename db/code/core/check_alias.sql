-- Keeps core.name_map flat and its keys right, whoever writes it.
create or replace function core.check_alias() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.alias := core.clean(new.alias);
    new.standard := core.clean(new.standard);
    new.alias_key := coalesce(core.fold(new.alias), '');
    new.standard_key := coalesce(core.fold(new.standard), '');
    if exists (
        select from core.name_map as m
        where m.domain = new.domain and m.standard <> new.standard
            and (m.alias_key = new.standard_key or m.standard_key = new.alias_key)
    ) then
        raise exception 'alias % -> % would make a chain in domain %',
            new.alias, new.standard, new.domain
            using errcode = 'check_violation',
            hint = 'Point every alias straight at its standard name; '
                'a standard name is nobody''s alias.';
    end if;
    return new;
end
$$;

comment on function core.check_alias() is
'Fills the keys of core.name_map and refuses chains and cycles.';

create or replace trigger name_map_check before insert or update on core.name_map
for each row execute function core.check_alias();
