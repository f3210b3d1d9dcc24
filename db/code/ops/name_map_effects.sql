-- Names are compared by their matching form, as the name map does. If a run is the first to know
-- several changes of one alias, its rows went from the first one's old name to the last one's new
-- name: they count for the last. What they are looked up by is one array: the parts of it invite
-- the planner to compare all renames of a run with all its aliases.
create or replace view ops.name_map_effects as
with news as (
    select
        m.name_map_change_id,
        r.run_id,
        r.source,
        r.effective_at,
        m.domain,
        m.alias,
        coalesce(m.new_standard, m.alias) as new_name,
        first_value(coalesce(m.old_standard, m.alias)) over of_alias as old_name,
        lead(m.name_map_change_id) over of_alias is null as is_last
    from (
        select
            s.run_id,
            s.source,
            s.effective_at,
            s.name_map_change_id,
            lag(s.name_map_change_id, 1, 0::bigint) over (
                partition by s.source order by s.run_id
            ) as known_before
        from ops.runs as s
        where s.status = 'succeeded'
    ) as r
    inner join core.name_map_changes as m
        on m.name_map_change_id > r.known_before and m.name_map_change_id <= r.name_map_change_id
    window of_alias as (
        partition by r.run_id, m.domain, core.fold(m.alias) order by m.name_map_change_id
    )
),

renamed as (
    select
        u.rename,
        u.features
    from (
        select distinct
            e.run_id,
            e.effective_at,
            e.domain
        from news as e
    ) as n
    cross join lateral (
        select
            array[
                n.run_id::text,
                n.domain,
                core.fold(c.before ->> n.domain),
                core.fold(c.after ->> n.domain)
            ] as rename,
            count(*) as features
        from core.changes as c
        where
            c.changed_at = n.effective_at
            and c.run_id = n.run_id
            and c.op = 'U'
            and n.domain = any(c.changed_fields)
        group by rename
    ) as u
)

select
    n.name_map_change_id,
    n.run_id,
    n.source,
    n.effective_at,
    n.domain,
    n.alias,
    n.old_name,
    n.new_name,
    coalesce(d.features, 0) as features
from news as n
left join renamed as d
    on
        d.rename = case
            when n.is_last
                then array[
                    n.run_id::text, n.domain, core.fold(n.old_name), core.fold(n.new_name)
                ]
        end;

comment on view ops.name_map_effects is
'What each change of the name map did: for the first run of each source that knew it, the features '
'whose name in its domain went from the old to the new one. Those that got another kind or '
'environment are other features, removed and created: they are not counted.
Key: name_map_change_id, run_id';
comment on column ops.name_map_effects.old_name is
'What the alias was called when the source was last synced.';
comment on column ops.name_map_effects.features is
'U rows of the ledger. Of several changes of an alias that one run applied, the last has them.';
comment on column ops.name_map_effects.new_name is 'What it is called since.';
