create or replace function ops.beat(
    service text, host text, pid integer, started_at timestamptz
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.heartbeats as h (service, host, pid, started_at, beat_at)
    values (beat.service, beat.host, beat.pid, beat.started_at, now())
    on conflict (service) do update
    set host = excluded.host, pid = excluded.pid, started_at = excluded.started_at,
        beat_at = excluded.beat_at
$$;

comment on function ops.beat(text, text, integer, timestamptz) is
'Says that a service is alive: on which machine, as which process, since when.';
