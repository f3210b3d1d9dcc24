create or replace view core.current_features as
select
    f.feature_id,
    f.kind,
    f.feature_group,
    f.feature_name,
    f.environment,
    f.status,
    f.owner,
    f.since,
    f.until,
    f.default_value,
    f.title,
    f.description,
    f.url,
    f.attributes,
    f.source,
    f.created_at,
    f.changed_at
from core.features as f
where f.removed_at is null;

comment on view core.current_features is
'What api.features stores at each refresh: the live features.';
