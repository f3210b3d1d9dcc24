create or replace function ops.request_sync(
    sources text[] default null,
    accept_removals boolean default false,
    requested_by text default null
) returns setof ops.runs
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_unknown text;
    v_open bigint;
begin
    -- One at a time with other requests and ops.begin_run: what is seen is what is inserted.
    perform pg_advisory_xact_lock(hashtext('fmw.request'));
    select string_agg(u.name, ', ') into v_unknown
    from unnest(sources) as u (name)
    where not exists (select from ops.sources as s where s.source = u.name);
    if v_unknown is not null then
        raise exception 'no such source: %', v_unknown
            using errcode = 'FM404', hint = 'See /api/dev/sources for the declared ones.';
    end if;
    select min(r.run_id) into v_open
    from ops.runs as r
    where r.status in ('queued', 'running')
        and r.not_before is null
        and (sources is null or r.source = any (sources));
    if v_open is not null then
        raise exception 'run % is queued or running', v_open
            using errcode = 'FM409', detail = v_open::text,
            hint = 'Wait for it to end; its state is at the Location.';
    end if;
    -- A further attempt that waits for its time is brought forward.
    return query
    insert into ops.runs as r (source, accept_removals, requested_by, attempt)
    select
        s.source, request_sync.accept_removals, coalesce(request_sync.requested_by, session_user), 1
    from ops.sources as s
    where (sources is null and s.is_declared) or s.source = any (sources)
    order by s.priority desc, s.source
    on conflict (source) where status in ('queued', 'running') do update
    set accept_removals = r.accept_removals or excluded.accept_removals,
        requested_by = excluded.requested_by,
        attempt = 1,
        not_before = null
    returning r.*;
    perform pg_notify('fmw', 'run');
end
$$;

comment on function ops.request_sync(text[], boolean, text) is
'Queues a run for each named source (null = all declared) for the worker. Raises FM404 for an '
'unknown source, FM409 (detail: its run_id) when one is open.';
