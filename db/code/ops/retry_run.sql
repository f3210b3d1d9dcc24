-- Waits of 1, 5 and 15 minutes; the third further attempt is the last one.
create or replace function ops.retry_run(run_id bigint, at_once boolean default false)
returns setof ops.runs
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.runs as n (source, accept_removals, requested_by, attempt, not_before)
    select
        r.source, r.accept_removals, r.requested_by, r.attempt + 1,
        now() + case when at_once then interval '0' else w.wait end
    from ops.runs as r
    inner join (
        values (1, interval '1 minute'), (2, interval '5 minutes'), (3, interval '15 minutes')
    ) as w (attempt, wait) on w.attempt = r.attempt
    where r.run_id = retry_run.run_id and r.status = 'failed'
    on conflict (source) where status in ('queued', 'running') do nothing
    returning n.*
$$;

comment on function ops.retry_run(bigint, boolean) is
'Queues a failed run again, for later or at once, and returns the new one: none if it was the '
'fourth attempt, was made by hand, or its source has another open run.';
