-- SQL cannot evaluate a cron schedule, so a source is judged by its habit. The deliveries' dates
-- show it: files replayed in a row are not a source that is synced every second.
create or replace view ops.late_sources as
with recent as (
    select
        s.source,
        r.finished_at,
        r.since_the_one_before
    from ops.sources as s
    cross join lateral (
        select
            g.finished_at,
            g.effective_at - lead(g.effective_at) over (order by g.run_id desc)
                as since_the_one_before
        from ops.runs as g
        where g.source = s.source and g.status = 'succeeded'
        order by g.run_id desc
        limit 20
    ) as r
),

habit as (
    select
        r.source,
        max(r.finished_at) as last_succeeded_at,
        percentile_cont(0.5) within group (order by r.since_the_one_before) as usual_interval
    from recent as r
    group by r.source
)

select
    h.source,
    h.last_succeeded_at,
    h.usual_interval,
    now() - h.last_succeeded_at - h.usual_interval as overdue_by
from habit as h
where
    now() - h.last_succeeded_at > interval '1 hour'
    and now() - h.last_succeeded_at > 3 * h.usual_interval;

comment on view ops.late_sources is
'Sources whose last success is more than an hour old and more than three times as old as usual. A '
'source that succeeded only once has no habit and never shows.
Key: source';
comment on column ops.late_sources.usual_interval is
'Median time between the dates of its last 20 successful runs.';
comment on column ops.late_sources.overdue_by is 'How long ago the next success was due.';
