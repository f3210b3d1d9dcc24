create or replace function ops.next_run() returns setof ops.runs
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.*
    from ops.runs as r
    where r.status = 'queued' and coalesce(r.not_before <= now(), true)
    order by r.run_id
    limit 1
$$;

comment on function ops.next_run() is
'The queued run that is next; none if none is due. Only the holder of the sync lock may act on it.';
