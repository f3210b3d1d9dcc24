-- A transaction that keeps its first snapshot would look past what others did meanwhile.
create or replace function core.require_latest(action text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'a % transaction cannot %: it does not see the latest changes',
            current_setting('transaction_isolation'), action
            using errcode = 'feature_not_supported', hint = 'Use read committed, the default.';
    end if;
end
$$;

comment on function core.require_latest(text) is
'Refuses an action in a transaction that does not see what others commit meanwhile.';
