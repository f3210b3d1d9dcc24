-- A run tells the ledger's triggers its number and date by two settings of its transaction.
create or replace function core.current_run_id() returns bigint
language sql stable parallel safe
return nullif(current_setting('fmw.run_id', true), '')::bigint;

comment on function core.current_run_id() is 'The run whose transaction this is; null = by hand.';
