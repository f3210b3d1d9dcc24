create or replace view ops.freshness as
select
    s.source,
    s.kind,
    s.schedule,
    s.effective_at,
    good.finished_at as last_succeeded_at,
    last.run_id as last_run_id,
    last.status as last_status,
    last.error as last_error,
    (
        select count(*) from core.features as f
        where f.source = s.source and f.removed_at is null
    ) as features
from ops.sources as s
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
