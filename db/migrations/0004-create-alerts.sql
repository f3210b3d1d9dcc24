-- Signs of life, backups, and the troubles somebody was told of.
create table ops.heartbeats (
    service text primary key,
    host text not null,
    -- squawk-ignore prefer-bigint-over-int -- what the system counts processes by
    pid integer not null,
    started_at timestamptz not null,
    beat_at timestamptz not null
);

comment on table ops.heartbeats is 'The last sign of life of each service.';
comment on column ops.heartbeats.service is 'worker ...';
comment on column ops.heartbeats.host is 'The machine it runs on.';
comment on column ops.heartbeats.pid is 'Its process there.';
comment on column ops.heartbeats.started_at is 'When its process began.';
comment on column ops.heartbeats.beat_at is 'When it last said that it is alive.';

create table ops.backups (
    backup_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null default now(),
    file text not null,
    bytes bigint,
    verified_at timestamptz,
    error text,
    constraint backups_end_one_way check ((error is null) <> (verified_at is null))
);

create index backups_verified_at_idx on ops.backups (verified_at);

comment on table ops.backups is 'Every backup made, and whether it could be restored.';
comment on column ops.backups.backup_id is 'Later ones are higher.';
comment on column ops.backups.bytes is 'Its size.';
comment on column ops.backups.verified_at is 'When a restore of it was proved; null = it failed.';
comment on column ops.backups.error is 'Why it failed.';

create table ops.alerts (
    alert_id bigint generated always as identity primary key,
    code text not null,
    subject text not null,
    message text not null,
    raised_at timestamptz not null default now(),
    cleared_at timestamptz
);

-- A trouble that lasts is one alert.
create unique index alerts_one_open_per_trouble
on ops.alerts (code, subject) where cleared_at is null;

comment on table ops.alerts is 'Troubles that were seen, and when they were over.';
comment on column ops.alerts.alert_id is 'Later ones are higher.';
comment on column ops.alerts.raised_at is 'When it was first seen.';
comment on column ops.alerts.code is 'What kind: see ops.troubles.';
comment on column ops.alerts.subject is 'The source; empty = FMW itself.';
comment on column ops.alerts.cleared_at is 'When it was over; null = it lasts.';

create table ops.alert_deliveries (
    alert_id bigint not null references ops.alerts (alert_id) on delete cascade,
    channel text not null,
    is_recovery boolean not null,
    delivered_at timestamptz not null default now(),
    primary key (alert_id, channel, is_recovery)
);

create index alert_deliveries_channel_idx on ops.alert_deliveries (channel, delivered_at);

comment on table ops.alert_deliveries is 'Who was told of which alert: once by each channel.';
comment on column ops.alert_deliveries.channel is 'webhook or mail.';
comment on column ops.alert_deliveries.delivered_at is 'When its server took the message.';
comment on column ops.alert_deliveries.is_recovery is 'True = that it is over.';
