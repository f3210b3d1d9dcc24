-- A run tells the ledger's triggers its number by a setting of its transaction. Anybody can set a
-- setting, so it counts only while that run is being made.
create or replace function core.current_run_id() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.run_id from ops.runs as r
    where r.run_id = nullif(current_setting('fmw.run_id', true), '')::bigint
        and r.status = 'running'
$$;

comment on function core.current_run_id() is 'The run whose transaction this is; null = by hand.';
