-- A correction by hand is dated now; a run dates its rows itself.
create or replace function core.stamp_feature() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.changed_at := now();
    return new;
end
$$;

comment on function core.stamp_feature() is 'Dates what is written outside a run.';

create or replace trigger features_stamp before insert or update on core.features
for each row when (coalesce(current_setting('fmw.run_id', true), '') = '')
execute function core.stamp_feature();
