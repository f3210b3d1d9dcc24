-- One refresh at a time, and no writer meanwhile, or the views would show different moments.
create or replace function core.enter_refresh() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform core.require_latest('refresh');
    perform pg_advisory_xact_lock(hashtext('fmw.refresh'));
    lock table core.features in share mode;
end
$$;

comment on function core.enter_refresh() is
'Keeps other refreshes and all writers of features out until the transaction ends.';
