create or replace view api.removed_features as
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
    f.changed_at,
    f.removed_at
from core.features as f
where f.removed_at is not null;

comment on view api.removed_features is 'Features that have left their source, as they last were.
Key: feature_id';
comment on column api.removed_features.removed_at is 'When its source stopped delivering it.';
