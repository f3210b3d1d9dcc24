-- Features, their ledger, the daily roll-up and the name map. What most queries filter by stands
-- first in a row of features: Postgres reads a row from its start up to the last column it needs.
create table core.features (
    feature_id bigint generated always as identity (cache 32) primary key,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    removed_at timestamptz,
    identity_hash bytea not null,
    source text not null,
    kind text not null default 'feature',
    feature_group text not null,
    feature_name text not null,
    environment text not null default 'all',
    status text not null default 'unknown',
    owner text,
    since text,
    until text,
    default_value text,
    title text,
    description text,
    url text,
    attributes jsonb not null default '{}',
    source_ref text,
    constraint features_identity_hash_key unique (identity_hash),
    constraint features_identity_is_named
    check (kind <> '' and feature_group <> '' and feature_name <> '' and environment <> ''),
    constraint features_attributes_is_object check (jsonb_typeof(attributes) = 'object')
) with (fillfactor = 90); -- a changed row finds room beside its old version: no index is touched

-- A source's rows lie together, as its first load wrote them; a block range index finds them at no
-- cost to that load.
create index features_source_idx on core.features using brin (
    source text_bloom_ops (n_distinct_per_range = 32)
) with (pages_per_range = 32, autosummarize = on);

comment on table core.features is 'Every feature ever delivered; the live ones have no removed_at.';
comment on column core.features.feature_id is
'Stable for life: survives updates, moves, removal and return.';
comment on column core.features.identity_hash is
'sha256 of the clean (kind, feature_group, feature_name, environment).';
comment on column core.features.since is
'Text as delivered: a version or a date such as ≤2018-04-30.';
comment on column core.features.until is 'Text as delivered, like since.';
comment on column core.features.attributes is 'The delivered columns that map to none of ours.';
comment on column core.features.source_ref is
'The source''s own key or place of the row, if it names one.';
comment on column core.features.changed_at is 'Effective time of the last change.';
comment on column core.features.removed_at is 'When the row left its source; null = live.';

create table core.changes (
    change_id bigint generated always as identity,
    feature_id bigint not null,
    run_id bigint,
    changed_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    op text not null,
    feature_group text not null,
    changed_fields text[],
    before jsonb,
    after jsonb,
    previous_at timestamptz,
    changed_by text not null default session_user,
    reason text,
    primary key (changed_at, change_id),
    constraint changes_op_known check (op in ('C', 'U', 'D')),
    constraint changes_rows_match_op check (
        case op
            when 'C' then before is null and after is null and changed_fields is null
            when 'U'
                then before is not null and after is not null and cardinality(changed_fields) > 0
            when 'D' then before is not null and after is null and changed_fields is null
        end
    )
) partition by range (changed_at);

create index changes_feature_id_change_id_idx on core.changes (feature_id, change_id);
-- Both grow as the ledger does, so a block range index finds a run's changes, or those since a
-- change_id, and costs nothing to keep.
create index changes_run_id_change_id_idx on core.changes using brin (run_id, change_id);
-- Whoever left a group: by a move or a removal.
create index changes_left_group_idx on core.changes ((before ->> 'feature_group'), changed_at)
where before ? 'feature_group';
-- Monthly partitions are made ahead; this one only catches a date nobody foresaw, so no write is
-- ever lost.
create table core.changes_default partition of core.changes default;

comment on table core.changes is
'The ledger: append-only, one row per change of a feature, written only by triggers on '
'core.features.';
comment on table core.changes_default is 'Changes dated outside every monthly partition.';
comment on column core.changes.run_id is
'The run that made the change; null = by hand, see changed_by and reason.';
comment on column core.changes.changed_at is 'Effective time: the date of the delivery.';
comment on column core.changes.recorded_at is 'When the row was really written.';
comment on column core.changes.op is 'C created or returned, U updated or moved, D removed.';
comment on column core.changes.feature_group is 'The feature''s group after the change.';
comment on column core.changes.before is
'U: the changed fields as they were. D: the whole row as it was. C: null.';
comment on column core.changes.after is 'U: the changed fields as they became. C and D: null.';
comment on column core.changes.previous_at is
'U and D: when the feature had changed before, so since when it was as it is in before.';
comment on column core.changes.changed_by is 'Database user of the session.';
comment on column core.changes.reason is
'What the session set as fmw.reason, for corrections by hand.';

create table core.daily_deltas (
    day date not null,
    feature_group text not null,
    kind text not null,
    status text not null,
    environment text not null,
    created bigint not null default 0,
    updated bigint not null default 0,
    removed bigint not null default 0,
    net bigint not null default 0,
    primary key (day, feature_group, kind, status, environment)
);

comment on table core.daily_deltas is
'The ledger summed per Korean day, group, kind, status and environment, kept by the ledger''s '
'triggers.';
comment on column core.daily_deltas.net is
'By how much the number of live features grew that day in this cell.';

create table core.unpublished (
    view_name text not null
);

comment on table core.unpublished is
'A row per materialized view and statement that changed features: what the view does not show yet.';

create table core.detached_partitions (
    partition_name text primary key,
    changed_before timestamptz not null,
    detached_at timestamptz not null default now(),
    detached_by text not null default session_user
);

comment on table core.detached_partitions is
'Months of the ledger that ops.detach_changes took out of core.changes.';
comment on column core.detached_partitions.changed_before is
'The ledger knows nothing of what was before this moment.';

create table core.name_map (
    domain text not null,
    alias text not null,
    standard text not null,
    alias_key text not null,
    standard_key text not null,
    primary key (domain, alias_key),
    constraint name_map_domain_known
    check (domain in ('kind', 'feature_group', 'environment', 'status', 'owner')),
    constraint name_map_names_are_not_empty check (alias_key <> '' and standard_key <> '')
);

create index name_map_standard_idx on core.name_map (domain, standard_key);

comment on table core.name_map is
'Aliases and the standard name each stands for, per domain. Flat: no alias leads to another '
'alias.';
comment on column core.name_map.alias_key is
'What is compared: the alias after NFKC, case folding, white-space and zero-width clean-up.';
comment on column core.name_map.standard_key is 'The matching form of the standard name.';

create table core.name_map_changes (
    name_map_change_id bigint generated always as identity primary key,
    changed_at timestamptz not null default now(),
    op text not null,
    domain text not null,
    alias text not null,
    old_standard text,
    new_standard text,
    changed_by text not null default session_user,
    reason text,
    constraint name_map_changes_op_known check (op in ('C', 'U', 'D')),
    constraint name_map_changes_standards_match_op
    check ((old_standard is null) = (op = 'C') and (new_standard is null) = (op = 'D'))
);

comment on table core.name_map_changes is
'The ledger of the name map: append-only, one row per change of an alias, written only by a trigger'
' on core.name_map.';
comment on column core.name_map_changes.name_map_change_id is
'In the order of the commits: writers of the name map wait for each other.';
comment on column core.name_map_changes.op is
'C added, U pointed elsewhere or respelled, D removed.';
comment on column core.name_map_changes.changed_by is 'Database user of the session.';
comment on column core.name_map_changes.reason is
'Why: an argument of core.set_alias and core.remove_alias, or what the session set as fmw.reason.';
