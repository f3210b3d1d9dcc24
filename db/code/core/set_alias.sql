create or replace function core.set_alias(
    domain text, alias text, standard text, reason text default null
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    v_session_reason text := coalesce(current_setting('fmw.reason', true), '');
begin
    perform set_config('fmw.reason', coalesce(set_alias.reason, v_session_reason), true);
    insert into core.name_map (domain, alias, standard)
    values (set_alias.domain, set_alias.alias, set_alias.standard)
    on conflict (domain, alias_key) do update
    set standard = excluded.standard, alias = excluded.alias
    where name_map.standard <> excluded.standard;
    perform set_config('fmw.reason', v_session_reason, true);
end
$$;

comment on function core.set_alias(text, text, text, text) is
'Adds an alias or points it at another standard name; the next run of each source applies it. '
'Without a reason, the session''s fmw.reason is recorded.';
