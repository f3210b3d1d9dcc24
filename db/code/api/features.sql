create materialized view if not exists api.features as
select * from core.current_features
with no data;

create unique index if not exists features_feature_id_key on api.features (feature_id);
create index if not exists features_feature_group_idx on api.features (feature_group, feature_name);
create index if not exists features_search_idx on api.features using gin (
    core.bigrams(core.search_text(feature_group, feature_name, title, owner, description))
) with (gin_pending_list_limit = 65536); -- core.publish empties the list

comment on materialized view api.features is
'The current state: every live feature, policy and service, one row each.';
comment on column api.features.feature_id is 'Stable for life; use it in links.';
comment on column api.features.kind is 'feature, policy, status ...: what sort of fact it is.';
comment on column api.features.feature_group is
'The group it belongs to now, by its standard name.';
comment on column api.features.feature_name is 'Its name within group and environment.';
comment on column api.features.environment is 'Where it applies; all = everywhere.';
comment on column api.features.status is 'Its state, by the standard name.';
comment on column api.features.owner is 'The team that answers for it.';
comment on column api.features.since is 'Since when or which version, as the source wrote it.';
comment on column api.features.until is 'Until when or which version, as the source wrote it.';
comment on column api.features.attributes is 'What else the source delivered about it.';
comment on column api.features.source is 'The source that owns the row.';
comment on column api.features.created_at is 'When it was first delivered.';
comment on column api.features.changed_at is 'When it last changed.';
comment on column api.features.default_value is 'The value it has unless somebody sets another.';
comment on column api.features.title is 'Its name for people.';
comment on column api.features.description is 'What it does; may have several lines.';
comment on column api.features.url is 'Where more is written about it.';
