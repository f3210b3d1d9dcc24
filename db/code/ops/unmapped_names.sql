-- To compare every name with every other would take a minute. So each name looks at its two-letter
-- pieces, from the rarest on, until they have shown it 200 names or more; a sketch of the pieces in
-- 128 bits tells which of those is likest; and only that one is really measured.
create or replace view ops.unmapped_names as
with used as materialized (
    select
        c.domain,
        c.name,
        core.fold(c.name) as name_key,
        sum(c.features)::bigint as features,
        array_agg(c.source order by c.source) as sources
    from (
        select
            case
                when grouping(f.kind) = 0 then 'kind'
                when grouping(f.feature_group) = 0 then 'feature_group'
                when grouping(f.environment) = 0 then 'environment'
                when grouping(f.status) = 0 then 'status'
                else 'owner'
            end as domain,
            coalesce(f.kind, f.feature_group, f.environment, f.status, f.owner) as name,
            f.source,
            count(*) as features
        from core.features as f
        where f.removed_at is null
        group by
            f.source,
            grouping sets (f.kind, f.feature_group, f.environment, f.status, f.owner)
    ) as c
    where c.name is not null
    group by c.domain, c.name
),

known as materialized (
    select
        m.domain,
        m.alias_key as name_key,
        m.alias as name,
        m.standard
    from core.name_map as m
    union
    select
        m.domain,
        m.standard_key as name_key,
        m.standard as name,
        m.standard
    from core.name_map as m
),

unmapped as materialized (
    select u.*
    from used as u
    where
        not exists (
            select from known as k
            where k.domain = u.domain and k.name_key = u.name_key
        )
),

named as materialized (
    select
        row_number() over () as name_id,
        n.*,
        cardinality(n.pieces) as size,
        (
            select bit_or('1'::bit(128) >> (hashtext(p.piece) & 127))
            from unnest(n.pieces) as p (piece)
        ) as sketch
    from (
        select
            k.domain,
            k.name,
            k.standard,
            true as is_known,
            null::bigint as features,
            core.bigrams(k.name_key) as pieces
        from known as k
        union all
        select
            u.domain,
            u.name,
            u.name as standard,
            false as is_known,
            u.features,
            core.bigrams(u.name_key) as pieces
        from unmapped as u
    ) as n
),

piece as materialized (
    select
        n.name_id,
        n.domain,
        n.is_known,
        n.features,
        n.size,
        n.sketch,
        p.piece,
        count(*) over (partition by n.domain, p.piece)::int as names
    from named as n
    cross join lateral unnest(n.pieces) as p (piece)
),

likest as (
    select
        s.name_id,
        max(s.rank) filter (where s.is_known) as known,
        max(s.rank) filter (where not s.is_known) as used
    from (
        select
            r.name_id,
            o.is_known,
            array[
                1000 * bit_count(r.sketch & o.sketch) / (r.size + o.size), o.features, o.name_id
            ] as rank
        from (
            select
                p.*,
                sum(p.names) over (partition by p.name_id order by p.names, p.piece)
                - p.names as shown
            from piece as p
            where not p.is_known
        ) as r
        inner join piece as o on o.domain = r.domain and o.piece = r.piece
        where r.shown < 200 and (o.is_known or o.features > r.features)
    ) as s
    group by s.name_id
),

proposal as (
    select distinct on (u.name_id)
        u.domain,
        u.name,
        o.name as nearest,
        o.standard,
        s.similarity
    from likest as l
    cross join lateral (values (l.known[3]), (l.used[3])) as x (name_id)
    inner join named as u on u.name_id = l.name_id
    inner join named as o on o.name_id = x.name_id
    inner join lateral (
        select round(2.0 * count(*) / (u.size + o.size), 2) as similarity
        from unnest(u.pieces) as b (piece)
        where b.piece = any(o.pieces)
    ) as s on s.similarity >= 0.4
    order by u.name_id asc, o.is_known desc
)

select
    u.domain,
    u.name,
    u.features,
    u.sources,
    p.nearest,
    p.standard,
    p.similarity
from unmapped as u
left join proposal as p on p.domain = u.domain and p.name = u.name;

comment on view ops.unmapped_names is
'Names in use that the name map does not know, and the likest one it does know, or else the likest '
'that more features bear. To map one: core.set_alias(domain, name, standard).
Key: domain, name';
comment on column ops.unmapped_names.name is 'As it stands in the live features.';
comment on column ops.unmapped_names.nearest is
'A standard name or alias, or else a more frequent name that is not mapped either; null if none is '
'like it.';
comment on column ops.unmapped_names.standard is 'What nearest stands for.';
comment on column ops.unmapped_names.similarity is
'0.4 to 1: twice the common two-letter pieces of both matching forms by all of them (Dice).';
comment on column ops.unmapped_names.sources is 'The sources that deliver it.';
