create or replace view api.home as
select
    s.features,
    (
        select coalesce(sum(d.total), 0)::bigint from api.daily_counts as d
        where d.day = core.korean_day(now()) - 1
    ) as features_yesterday,
    (select count(*) from api.groups) as groups,
    (
        select coalesce(sum(d.created + d.updated + d.removed), 0)::bigint
        from api.daily_counts as d
        where d.day = core.korean_day(now())
    ) as changes_today,
    (
        select
            jsonb_agg(
                jsonb_build_object('status', t.status, 'features', t.features)
                order by t.features desc, t.status asc
            )
        from (
            select
                e.key as status,
                sum(e.value::bigint) as features
            from api.groups as g
            cross join jsonb_each_text(g.statuses) as e
            group by e.key
        ) as t
    ) as by_status,
    (
        select jsonb_agg(jsonb_build_object('day', t.day, 'total', t.total) order by t.day)
        from (
            select
                d.day,
                sum(d.total) as total
            from api.daily_counts as d
            where d.day > core.korean_day(now()) - 60
            group by d.day
        ) as t
    ) as by_day,
    (
        select jsonb_agg(to_jsonb(h) order by h.changed_at desc, h.change_id desc, h.field asc)
        from (
            select r.* from api.feature_history as r
            where
                r.change_id in (
                    select c.change_id from core.changes as c
                    order by c.changed_at desc, c.change_id desc
                    limit 12
                )
            order by r.changed_at desc, r.change_id desc
            limit 12
        ) as h
    ) as recent,
    s.snapshot_version,
    s.refreshed_at,
    s.checked_at,
    s.change_id,
    (
        select
            jsonb_agg(
                jsonb_build_object('source', t.subject, 'code', t.code, 'since', t.since)
                order by t.since
            )
        from (
            -- a source that is late, too, because its run failed has one trouble
            select distinct on (o.subject) o.*
            from ops.troubles as o
            where o.code in ('run_failed', 'run_held', 'source_late')
            order by o.subject, o.code
        ) as t
    ) as troubles
from api.snapshot as s;

comment on view api.home is
'One row: what the first page shows: totals, statuses, sixty days, the last changes.
Key: snapshot_version';
comment on column api.home.features_yesterday is
'Live features at the end of yesterday (Asia/Seoul).';
comment on column api.home.groups is 'Number of groups.';
comment on column api.home.changes_today is 'Created, updated and removed today (Asia/Seoul).';
comment on column api.home.by_status is 'List of {status, features}, the largest first.';
comment on column api.home.by_day is 'List of {day, total} of the last sixty days.';
comment on column api.home.recent is 'The last twelve rows of api.feature_history.';
comment on column api.home.troubles is
'List of {source, code, since}, the oldest first: sources whose features may be behind, each once, '
'because the last run failed (run_failed), waits for an administrator (run_held) or is overdue '
'(source_late).';
