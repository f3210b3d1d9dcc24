create or replace view api.feature_history as
select
    c.change_id,
    c.feature_id,
    c.run_id,
    c.changed_at,
    c.op,
    f.kind,
    c.feature_group,
    f.feature_name,
    f.environment,
    f.title,
    field.name as field,
    field.old_value,
    field.new_value,
    f.source
from core.changes as c
inner join core.features as f on f.feature_id = c.feature_id
left join lateral (
    select
        u.name,
        c.before ->> u.name as old_value,
        c.after ->> u.name as new_value
    from unnest(c.changed_fields) as u (name)
    where u.name <> 'attributes'
    union all
    select
        'attributes.' || coalesce(o.key, n.key) as name,
        o.value as old_value,
        n.value as new_value
    from jsonb_each_text(c.before -> 'attributes') as o
    full join jsonb_each_text(c.after -> 'attributes') as n on n.key = o.key
    where c.op = 'U' and o.value is distinct from n.value
) as field on true;

comment on view api.feature_history is
'What changed, field by field. C and D are one row without a field.
Key: change_id, field';
comment on column api.feature_history.op is 'C added (or back again), U changed, D removed.';
comment on column api.feature_history.field is
'The changed field; attributes.<name> for what else the source delivers.';
comment on column api.feature_history.run_id is 'The run that made the change; null = by hand.';
comment on column api.feature_history.old_value is 'As text; null = it was empty.';
comment on column api.feature_history.new_value is 'As text; null = it became empty.';
