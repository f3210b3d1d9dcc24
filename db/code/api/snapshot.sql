create or replace view api.snapshot as
select
    s.snapshot_version,
    s.refreshed_at,
    (select max(r.finished_at) from ops.runs as r where r.status = 'succeeded') as checked_at,
    (select coalesce(sum(g.features), 0)::bigint from api.groups as g) as features,
    s.change_id
from ops.snapshot_state as s;

comment on view api.snapshot is
'One row: which version of the snapshot is served and how fresh it is.
Key: snapshot_version';
comment on column api.snapshot.snapshot_version is 'Moves only when the content changed.';
comment on column api.snapshot.refreshed_at is 'When this version was made.';
comment on column api.snapshot.checked_at is
'When a source was last synced with success, changed or not.';
comment on column api.snapshot.change_id is
'Every change up to this one is in the snapshot: feature_history?change_id=gt.N are those since.';
