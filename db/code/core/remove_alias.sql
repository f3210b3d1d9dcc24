create or replace function core.remove_alias(
    domain text, alias text, reason text default null
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_session_reason text := coalesce(current_setting('fmw.reason', true), '');
begin
    perform set_config('fmw.reason', coalesce(reason, v_session_reason), true);
    delete from core.name_map as m
    where m.domain = remove_alias.domain
        and m.alias_key = core.fold(core.clean(remove_alias.alias));
    if not found then
        raise exception 'no such alias in domain %: %', domain, alias
            using errcode = 'FM404', hint = 'See api.aliases for those there are.';
    end if;
    perform set_config('fmw.reason', v_session_reason, true);
end
$$;

comment on function core.remove_alias(text, text, text) is
'Removes an alias, however it is spelled; the next run of each source lets the delivered names '
'stand again. Raises FM404 if there is none. Without a reason, the session''s fmw.reason is '
'recorded.';
