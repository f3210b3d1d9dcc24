create or replace view ops.changes as
select
    c.change_id,
    c.feature_id,
    c.run_id,
    c.op,
    c.changed_at,
    c.recorded_at,
    f.kind,
    c.feature_group,
    f.feature_name,
    f.environment,
    f.source,
    c.changed_fields,
    c.before,
    c.after,
    c.previous_at,
    c.changed_by,
    c.reason
from core.changes as c
left join core.features as f on f.feature_id = c.feature_id;

comment on view ops.changes is
'The ledger with the names of its features: what changed, when, by which run or database user.
Key: change_id';
comment on column ops.changes.recorded_at is
'When the change was really written; changed_at is the date of its delivery.';
comment on column ops.changes.changed_fields is 'U: the fields that changed.';
comment on column ops.changes.before is 'U: those fields as they were. D: the whole row.';
comment on column ops.changes.after is 'U: those fields as they became.';
comment on column ops.changes.previous_at is 'U, D: since when the feature was as in before.';
comment on column ops.changes.changed_by is 'Database user.';
comment on column ops.changes.reason is 'What the session had set as fmw.reason.';
