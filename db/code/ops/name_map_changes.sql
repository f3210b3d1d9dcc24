create or replace view ops.name_map_changes as
select
    m.name_map_change_id,
    m.changed_at,
    m.op,
    m.domain,
    m.alias,
    m.old_standard,
    m.new_standard,
    m.changed_by,
    m.reason
from core.name_map_changes as m;

comment on view ops.name_map_changes is
'The ledger of the name map: who added, changed or removed which alias, when and why.
Key: name_map_change_id';
comment on column ops.name_map_changes.old_standard is 'U, D: what the alias stood for.';
comment on column ops.name_map_changes.new_standard is 'C, U: what it stands for now.';
