-- A run tells the ledger's triggers its number by a setting of its transaction. Anybody can set a
-- setting, so it counts only while that run is being made, which no two can be at once.
create or replace function core.current_run_id() returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_setting text := nullif(current_setting('fmw.run_id', true), '');
    v_run_id bigint;
begin
    if v_setting is null then
        return null;
    end if;
    select r.run_id into v_run_id
    from ops.runs as r where r.run_id = v_setting::bigint and r.status = 'running';
    if not found then
        raise exception 'fmw.run_id is %, but there is no such run being made', v_setting
            using errcode = 'insufficient_privilege',
            hint = 'Only core.sync sets fmw.run_id: reset fmw.run_id.';
    end if;
    return v_run_id;
end
$$;

comment on function core.current_run_id() is
'The run whose transaction this is; null = by hand. Refuses a setting that no run made.';
