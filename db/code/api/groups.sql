create materialized view if not exists api.groups as
select * from core.current_groups
with no data;

create unique index if not exists groups_feature_group_key on api.groups (feature_group);

comment on materialized view api.groups is
'Per group: how many live features, how many in each status, and the last change.';
comment on column api.groups.statuses is 'Status to number of live features.';
