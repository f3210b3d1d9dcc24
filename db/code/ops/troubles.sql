-- A failed run is a trouble only when nobody tries again by himself, and stays one until its source
-- succeeds: not seen as over while the next run is being made.
create or replace view ops.troubles as
with unsuccessful as (
    select
        r.source,
        r.run_id,
        r.status,
        r.finished_at,
        r.error,
        lead(r.attempt) over (partition by r.source order by r.run_id) as next_attempt
    from ops.sources as s
    inner join ops.runs as r on r.source = s.source
    where
        s.is_declared
        and r.run_id > (
            select coalesce(max(g.run_id), 0) from ops.runs as g
            where g.source = s.source and g.status = 'succeeded'
        )
),

given_up as (
    select
        case u.status when 'held' then 'run_held' else 'run_failed' end as code,
        u.source,
        min(u.finished_at) as since,
        max(u.run_id) as run_id
    from unsuccessful as u
    where u.status = 'held' or (u.status = 'failed' and coalesce(u.next_attempt, 1) = 1)
    group by u.status, u.source
),

last_backup as (
    select
        max(b.verified_at) as verified_at,
        (select min(r.requested_at) from ops.runs as r) as needed_from
    from ops.backups as b
)

select
    g.code,
    g.source as subject,
    g.since,
    format('run %s: %s', g.run_id, u.error) as message
from given_up as g
inner join unsuccessful as u on u.run_id = g.run_id
union all
select
    'source_late' as code,
    l.source as subject,
    l.last_succeeded_at + l.usual_interval as since,
    format('last synced %s, usually every %s', l.last_succeeded_at, l.usual_interval) as message
from ops.late_sources as l
inner join ops.sources as s on s.source = l.source
where s.is_declared
union all
select
    'run_waiting' as code,
    r.source as subject,
    coalesce(r.not_before, r.requested_at) as since,
    format('run %s is queued and nobody makes it', r.run_id) as message
from ops.runs as r
where
    r.status = 'queued'
    and coalesce(r.not_before, r.requested_at) < now() - interval '10 minutes'
    -- behind one that takes its time, but not behind one that hangs
    and not exists (
        select from ops.runs as o
        where o.status = 'running' and o.started_at > now() - interval '1 hour'
    )
union all
select
    'service_silent' as code,
    h.service as subject,
    h.beat_at as since,
    format('no sign of life from process %s on %s', h.pid, h.host) as message
from ops.heartbeats as h
where h.beat_at < now() - interval '2 minutes'
union all
select
    'backup_missing' as code,
    '' as subject,
    coalesce(l.verified_at, l.needed_from) as since,
    coalesce(
        format('the last backup that was proved is of %s', l.verified_at), 'there is no backup'
    ) as message
from last_backup as l
where coalesce(l.verified_at, l.needed_from) < now() - interval '26 hours'
union all
select
    'backup_failed' as code,
    '' as subject,
    b.finished_at as since,
    b.error as message
from ops.backups as b
where
    b.error is not null
    and b.backup_id = (select max(n.backup_id) from ops.backups as n);

comment on view ops.troubles is
'What wants an administrator now: run_failed, run_held, source_late, run_waiting, service_silent, '
'backup_missing (none in 26 hours), backup_failed. Empty is good.
Key: code, subject';
comment on column ops.troubles.code is 'What kind of trouble.';
comment on column ops.troubles.subject is 'The source or service; empty = FMW itself.';
comment on column ops.troubles.since is 'When it began.';
