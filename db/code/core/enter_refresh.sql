-- One refresh at a time, and no writer meanwhile, or the views would show different moments.
create or replace function core.enter_refresh() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'no refresh in a % transaction: it would not see the latest changes',
            current_setting('transaction_isolation')
            using errcode = 'feature_not_supported', hint = 'Use read committed, the default.';
    end if;
    perform pg_advisory_xact_lock(hashtext('fmw.refresh'));
    lock table core.features in share mode;
end
$$;

comment on function core.enter_refresh() is
'Keeps other refreshes and all writers of features out until the transaction ends.';
