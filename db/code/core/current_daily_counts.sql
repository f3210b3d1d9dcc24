-- From the roll-up, not from the ledger: costs days x groups, however many changes there were.
create or replace view core.current_daily_counts as
with cell as (
    select
        d.feature_group,
        d.status,
        d.day,
        sum(d.created)::bigint as created,
        sum(d.updated)::bigint as updated,
        sum(d.removed)::bigint as removed,
        sum(sum(d.net)) over (
            partition by d.feature_group, d.status order by d.day
        )::bigint as total,
        lead(d.day) over (partition by d.feature_group, d.status order by d.day) as next_day
    from core.daily_deltas as d
    group by d.feature_group, d.status, d.day
)

select
    day.day::date as day,
    c.feature_group,
    c.status,
    c.total,
    case when day.day = c.day then c.created else 0 end as created,
    case when day.day = c.day then c.updated else 0 end as updated,
    case when day.day = c.day then c.removed else 0 end as removed
from cell as c
cross join lateral generate_series(
    c.day::timestamp,
    -- A total of zero is not carried on: the day it came to zero says it all.
    case
        when c.total = 0 then c.day::timestamp
        else coalesce(c.next_day - 1, greatest(core.korean_day(now()), c.day))::timestamp
    end,
    interval '1 day'
) as day (day);

comment on view core.current_daily_counts is
'What api.daily_counts stores at each refresh: totals carried forward over quiet days up to '
'today.';
