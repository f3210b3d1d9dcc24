-- A run tells the ledger's triggers its number and date by two settings of its transaction.
create or replace function core.current_effective_at() returns timestamptz
language sql stable parallel safe
return coalesce(nullif(current_setting('fmw.effective_at', true), '')::timestamptz, now());

comment on function core.current_effective_at() is
'The date of the run whose transaction this is, else now.';
