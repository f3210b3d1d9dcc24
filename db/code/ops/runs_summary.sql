create or replace view ops.runs_summary as
select
    r.source,
    core.korean_day(r.requested_at) as day,
    count(*) as runs,
    count(*) filter (where r.status = 'succeeded') as succeeded,
    count(*) filter (where r.status = 'failed') as failed,
    count(*) filter (where r.status = 'held') as held,
    coalesce(sum(r.created) filter (where r.status = 'succeeded'), 0)::bigint as created,
    coalesce(sum(r.updated) filter (where r.status = 'succeeded'), 0)::bigint as updated,
    coalesce(sum(r.removed) filter (where r.status = 'succeeded'), 0)::bigint as removed,
    coalesce(sum(r.rejected), 0)::bigint as rejected,
    round(avg(extract(epoch from r.finished_at - r.started_at))::numeric, 3) as mean_seconds,
    max(r.finished_at) as last_finished_at
from ops.runs as r
group by r.source, core.korean_day(r.requested_at);

comment on view ops.runs_summary is
'Runs per source and Korean day: how many succeeded, failed or were held, and what they changed.
Key: source, day';
comment on column ops.runs_summary.runs is 'Runs requested that day.';
comment on column ops.runs_summary.succeeded is 'Of them, applied.';
comment on column ops.runs_summary.failed is 'Of them, broken off; nothing was changed.';
comment on column ops.runs_summary.held is 'Of them, held back by the guard; nothing was changed.';
comment on column ops.runs_summary.mean_seconds is 'From start to end.';
comment on column ops.runs_summary.last_finished_at is 'End of the last of them.';
