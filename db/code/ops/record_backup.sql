create or replace function ops.record_backup(
    started_at timestamptz, file text, bytes bigint, error text default null
) returns ops.backups
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.backups as b (started_at, file, bytes, error, verified_at)
    values (
        record_backup.started_at, record_backup.file, record_backup.bytes, record_backup.error,
        case when record_backup.error is null then now() end
    )
    returning b.*
$$;

comment on function ops.record_backup(timestamptz, text, bigint, text) is
'Records a backup whose restore was just proved, or why there is none.';
