create or replace function core.next_version() returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_version bigint;
begin
    update ops.snapshot_state as s
    set snapshot_version = s.snapshot_version + 1, refreshed_at = clock_timestamp()
    returning s.snapshot_version into v_version;
    perform pg_notify('fmw', 'snapshot ' || v_version);
    return v_version;
end
$$;

comment on function core.next_version() is 'Gives the snapshot a new version and announces it.';
