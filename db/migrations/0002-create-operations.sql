-- Sources, runs and their issues. A run is queued, claimed and closed in this one table: the ledger
-- is the queue.
create table ops.sources (
    source text primary key,
    kind text not null,
    location text not null,
    -- squawk-ignore prefer-bigint-over-int -- nobody has two thousand million priorities
    priority integer not null default 100,
    schedule text,
    max_removed double precision not null default 0.2,
    min_rows bigint not null default 0,
    fingerprint text,
    effective_at timestamptz,
    declared_at timestamptz not null default now(),
    is_declared boolean not null default true,
    constraint sources_name_is_plain check (source ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    constraint sources_max_removed_is_a_share check (max_removed between 0 and 1)
);

comment on table ops.sources is
'The sources declared in sources.toml, written at each sync, and what their last success was.';
comment on column ops.sources.schedule is 'Cron in Asia/Seoul; null = on request only.';
comment on column ops.sources.declared_at is 'When its declaration last changed.';
comment on column ops.sources.is_declared is
'False = the worker found it no longer in sources.toml; what it delivered stays.';
comment on column ops.sources.priority is
'Higher is synced first and gets a disputed identity; among equals it stays with who has it.';
comment on column ops.sources.max_removed is
'A run that would remove a larger share of the source''s live rows is held.';
comment on column ops.sources.min_rows is 'A delivery with fewer rows is held.';
comment on column ops.sources.fingerprint is
'SHA-256 of the last applied delivery and its mapping; the same again is a no-op.';
comment on column ops.sources.effective_at is
'Effective time of the last applied delivery; an older one is refused.';

create table ops.runs (
    run_id bigint generated always as identity primary key,
    source text not null references ops.sources (source),
    status text not null default 'queued',
    requested_at timestamptz not null default now(),
    requested_by text not null default session_user,
    started_at timestamptz,
    finished_at timestamptz,
    effective_at timestamptz,
    file text,
    fingerprint text,
    name_map_change_id bigint,
    accept_removals boolean not null default false,
    -- squawk-ignore prefer-bigint-over-int -- there are four at most
    attempt integer,
    not_before timestamptz,
    read bigint,
    rejected bigint,
    created bigint,
    updated bigint,
    removed bigint,
    moved bigint,
    unchanged bigint,
    error text,
    constraint runs_status_known
    check (status in ('queued', 'running', 'succeeded', 'failed', 'held')),
    constraint runs_finished_when_over
    check ((status in ('succeeded', 'failed', 'held')) = (finished_at is not null)),
    constraint runs_every_row_accounted_for
    check (status <> 'succeeded' or read = created + updated + unchanged + rejected)
);

create index runs_source_run_id_idx on ops.runs (source, run_id);
-- At most one open request per source: asking twice is asking once.
create unique index runs_one_open_per_source
on ops.runs (source) where status in ('queued', 'running');

comment on table ops.runs is 'One row per sync of one source; a queued row is the worker''s order.';
comment on column ops.runs.status is
'queued, running, succeeded, failed (nothing changed) or held (would remove too much; nothing '
'changed).';
comment on column ops.runs.requested_by is 'Database user, or schedule, or api.';
comment on column ops.runs.requested_at is 'When it was asked for.';
comment on column ops.runs.started_at is 'When it began; null = it is still queued.';
comment on column ops.runs.finished_at is 'When it ended, however it did.';
comment on column ops.runs.file is 'The names of the delivered files, three at most.';
comment on column ops.runs.unchanged is 'Rows that are as they were.';
comment on column ops.runs.error is 'Why it failed or is held.';
comment on column ops.runs.effective_at is
'The date of the delivery; changed_at of the ledger rows it writes.';
comment on column ops.runs.fingerprint is 'SHA-256 of the delivery''s bytes and its mapping.';
comment on column ops.runs.name_map_change_id is
'The last change of the name map that the run knew; 0 = none. Null until it looked.';
comment on column ops.runs.read is 'Rows delivered = created + updated + unchanged + rejected.';
comment on column ops.runs.rejected is 'Rows not applied; each has a row in ops.run_issues.';
comment on column ops.runs.moved is 'Those of updated that changed their feature_group.';
comment on column ops.runs.attempt is
'Which attempt at an order this is, from 1; null = made by hand, never tried again by itself.';
comment on column ops.runs.not_before is 'Of a further attempt: the worker waits until then.';
comment on column ops.runs.accept_removals is
'An admin has allowed this run to remove more than the guard permits.';

create table ops.run_issues (
    issue_id bigint generated always as identity primary key,
    run_id bigint not null references ops.runs (run_id) on delete cascade,
    source text not null,
    row_number bigint,
    location text not null default '',
    code text not null,
    message text not null,
    raw jsonb,
    is_warning boolean not null default false
);

create index run_issues_run_id_idx on ops.run_issues (run_id);

comment on table ops.run_issues is
'Every rejected or doubtful input row of a run. Nothing is dropped silently.';
comment on column ops.run_issues.row_number is
'Which row of raw.<source>; null = it could not even be read.';
comment on column ops.run_issues.message is 'What is wrong with it, in a sentence.';
comment on column ops.run_issues.location is 'File and line (or row) of the input.';
comment on column ops.run_issues.code is
'missing_group, missing_name, duplicate, owned_by_other_source, malformed_row ...';
comment on column ops.run_issues.raw is 'The row as it arrived.';
comment on column ops.run_issues.is_warning is
'Something doubtful that was taken all the same, or is no row; not counted in rejected.';

create table ops.snapshot_state (
    snapshot_version bigint not null,
    refreshed_at timestamptz not null,
    refreshed_on date not null,
    change_id bigint not null default 0,
    only_row boolean primary key default true,
    constraint snapshot_state_has_one_row check (only_row)
);

insert into ops.snapshot_state (snapshot_version, refreshed_at, refreshed_on)
values (0, now(), '-infinity');

comment on table ops.snapshot_state is 'Which version of the snapshot the materialized views hold.';
comment on column ops.snapshot_state.snapshot_version is
'Moves only when the content of a snapshot changed.';
comment on column ops.snapshot_state.refreshed_on is
'Korean day of the last refresh; api.daily_counts reaches up to it.';
comment on column ops.snapshot_state.change_id is
'Every change up to this one is in api.features; some later ones may be.';
