create or replace view ops.quality_nulls as
select
    s.source,
    field.name as field,
    s.features,
    s.features - field.filled as empty_values,
    round((s.features - field.filled)::numeric / s.features, 4) as share
from (
    select
        f.source,
        count(*) as features,
        count(nullif(f.status, 'unknown')) as status,
        count(f.owner) as owner,
        count(f.since) as since,
        count(f.until) as until,
        count(f.default_value) as default_value,
        count(f.title) as title,
        count(f.description) as description,
        count(f.url) as url,
        count(f.source_ref) as source_ref
    from core.features as f
    where f.removed_at is null
    group by f.source
) as s
cross join lateral (
    values
    ('status', s.status),
    ('owner', s.owner),
    ('since', s.since),
    ('until', s.until),
    ('default_value', s.default_value),
    ('title', s.title),
    ('description', s.description),
    ('url', s.url),
    ('source_ref', s.source_ref)
) as field (name, filled);

comment on view ops.quality_nulls is
'How often each source leaves a field of its live features empty; an empty status is unknown.
Key: source, field';
comment on column ops.quality_nulls.share is
'Of the features; 1 = the source never fills the field.';
comment on column ops.quality_nulls.empty_values is
'Features without a value; of status: those unknown.';
