create or replace view ops.sudden_jumps as
select
    d.source,
    d.day,
    d.created,
    d.updated,
    d.removed,
    d.changes,
    usual.changes as usual_changes
from (
    select
        r.source,
        r.day,
        sum(r.created)::bigint as created,
        sum(r.updated)::bigint as updated,
        sum(r.removed)::bigint as removed,
        sum(r.changes)::bigint as changes,
        array_agg(sum(r.changes)) over (
            partition by r.source order by r.day rows between 28 preceding and 1 preceding
        ) as previous
    from (
        select
            g.source,
            core.korean_day(g.effective_at) as day,
            g.created,
            g.updated,
            g.removed,
            g.created + g.updated + g.removed as changes
        from ops.runs as g
        where g.status = 'succeeded'
    ) as r
    group by r.source, r.day
) as d
inner join lateral (
    select percentile_cont(0.5) within group (order by p.changes) as changes
    from unnest(d.previous) as p (changes)
) as usual on d.changes > 5 * usual.changes
where d.changes > 20;

comment on view ops.sudden_jumps is
'Days on which a source changed more than 20 features and more than five times its usual number: '
'the median of its previous 28 days with runs. Its first day has no usual number and never shows.
Key: source, day';
comment on column ops.sudden_jumps.day is 'Korean day of the deliveries'' dates.';
comment on column ops.sudden_jumps.changes is 'created + updated + removed.';
comment on column ops.sudden_jumps.usual_changes is 'Their median over the days before.';
