create or replace view core.current_groups as
select
    g.feature_group,
    sum(g.features)::bigint as features,
    jsonb_object_agg(g.status, g.features) as statuses,
    max(g.changed_at) as changed_at
from (
    select
        f.feature_group,
        f.status,
        count(*) as features,
        max(f.changed_at) as changed_at
    from core.features as f
    where f.removed_at is null
    group by f.feature_group, f.status
) as g
group by g.feature_group;

comment on view core.current_groups is
'What api.groups stores at each refresh: live features per group and status.';
