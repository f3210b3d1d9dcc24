create materialized view if not exists api.daily_counts as
select * from core.current_daily_counts
with no data;

create unique index if not exists daily_counts_day_feature_group_status_key
on api.daily_counts (day, feature_group, status);

comment on materialized view api.daily_counts is
'Per day, group and status: live features at the end of the day, and what was created, updated, '
'removed on it.';
comment on column api.daily_counts.day is 'Day in Asia/Seoul.';
comment on column api.daily_counts.total is
'Live features at the end of the day; carried forward over quiet days.';
comment on column api.daily_counts.updated is 'Changes into this group and status, moves included.';
comment on column api.daily_counts.created is 'New or returned on that day.';
comment on column api.daily_counts.removed is 'Gone on that day.';
