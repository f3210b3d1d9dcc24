create or replace view ops.stale_features as
select
    f.feature_id,
    f.kind,
    f.feature_group,
    f.feature_name,
    f.environment,
    f.source,
    f.owner,
    f.changed_at,
    extract(day from now() - f.changed_at)::int as days_unchanged
from core.features as f
where f.removed_at is null and f.changed_at <= now() - interval '90 days';

comment on view ops.stale_features is
'Live features that have not changed for 90 days or more; filter by days_unchanged for a longer '
'time.
Key: feature_id';
comment on column ops.stale_features.days_unchanged is 'Whole days since its last change.';
