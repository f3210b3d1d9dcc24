create or replace view ops.freshness as
with owned as (
    select
        f.source,
        count(*) as features
    from core.features as f
    where f.removed_at is null
    group by f.source
)

select
    s.source,
    s.kind,
    s.schedule,
    s.effective_at,
    good.finished_at as last_succeeded_at,
    last.run_id as last_run_id,
    last.status as last_status,
    last.error as last_error,
    coalesce(owned.features, 0) as features
from ops.sources as s
left join owned on owned.source = s.source
left join lateral (
    select r.finished_at from ops.runs as r
    where r.source = s.source and r.status = 'succeeded'
    order by r.run_id desc limit 1
) as good on true
left join lateral (
    select
        r.run_id,
        r.status,
        r.error
    from ops.runs as r
    where r.source = s.source
    order by r.run_id desc limit 1
) as last on true;

comment on view ops.freshness is
'Per source: its last success, its last run and how many live features it owns.
Key: source';
comment on column ops.freshness.last_succeeded_at is 'End of the last run that succeeded.';
comment on column ops.freshness.last_run_id is 'The last run, however it ended.';
comment on column ops.freshness.last_status is 'How it ended, or queued or running.';
comment on column ops.freshness.last_error is 'Why it failed or is held.';
