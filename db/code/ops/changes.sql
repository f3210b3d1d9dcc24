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
