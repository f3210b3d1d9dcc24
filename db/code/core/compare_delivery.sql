-- The set-based diff: one full join of the delivery with the source's live features.
-- Cleaning is idempotent, so a raw value equal to the stored one is clean already: rows that did
-- not change are recognised before anything is normalised or hashed, and only the others pay for
-- it. `match` becomes
--   same     the identity is stored in this very spelling; a value may differ
--   new      no such spelling; core.resolve_identities looks further by identity_hash
--   nameless names no group or no feature
--   undated  holds a date that cannot be read; the feature it names, if any, stays as it is
--   missing  a live feature the delivery does not name
-- Hash joins only: the staging table has no statistics yet, and a nested loop over it would never
-- end. What comes after works on the difference, which has. Workers compare, the leader writes.
create or replace function core.compare_delivery(source text, mapping jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_nestloop = off set enable_mergejoin = off set enable_indexscan = off
set parallel_tuple_cost = 0 set parallel_leader_participation = off
set default_statistics_target = 10
as $$
begin
    drop table if exists pg_temp.difference;
    execute format(
        $query$
        create temporary table difference on commit drop as
        select
            case
                when d._row is null then 'missing'
                when d.feature_group is null or d.feature_name is null then 'nameless'
                when d.is_undated then 'undated'
                when d.feature_id is not null then 'same'
                else 'new'
            end as match,
            core.identity_hash(d.kind, d.feature_group, d.feature_name, d.environment)
                as identity_hash,
            d.*
        from (
            select
                c._row,
                c.feature_id,
                c.kind,
                c.feature_group,
                case when c.is_clean then c.feature_name else core.clean(c.feature_name) end
                    as feature_name,
                c.environment,
                c.status,
                c.owner,
                case when c.is_clean then c.since else core.clean(c.since) end as since,
                case when c.is_clean then c.until else core.clean(c.until) end as until,
                case when c.is_clean then c.default_value else core.clean(c.default_value) end
                    as default_value,
                case when c.is_clean then c.title else core.clean(c.title) end as title,
                case when c.is_clean then c.description else core.clean_text(c.description) end
                    as description,
                case when c.is_clean then c.url else core.clean(c.url) end as url,
                c.attributes,
                c.is_undated,
                case when c.is_clean then c.source_ref else core.clean(c.source_ref) end
                    as source_ref
            from (
                select
                    s.*,
                    f.feature_id,
                    core.is_clean(concat_ws(
                        ' ', s.feature_name, s.since, s.until, s.default_value, s.title,
                        s.description, s.url, s.source_ref
                    )) as is_clean
                from (%1$s) as s
                full join (
                    select * from core.features as live
                    where live.source = %2$L and live.removed_at is null
                ) as f
                    on f.feature_group = s.feature_group and f.feature_name = s.feature_name
                    and f.environment = s.environment and f.kind = s.kind
                where s._row is null or f.feature_id is null
                    or (
                        f.status, f.owner, f.since, f.until, f.default_value, f.title,
                        f.description, f.url
                    )
                    is distinct from
                    (
                        s.status, s.owner, s.since, s.until, s.default_value, s.title,
                        s.description, s.url
                    )
                    or f.attributes is distinct from s.attributes or s.is_undated
                offset 0 -- so that is_clean is found once a row
            ) as c
            offset 0 -- so that a name is cleaned once, not again for the hash
        ) as d
        $query$,
        core.staged_query(source, mapping)
        || case
            when exists (select from pg_temp.rejected)
                then ' where not exists ('
                    'select from pg_temp.rejected as j where j._row = r._row)'
            else ''
        end,
        source
    );
    -- Most steps after this look for a few rows among a first load's many new ones.
    create index on pg_temp.difference (match) where match <> 'new';
    analyze pg_temp.difference (match, feature_id, identity_hash);
end
$$;

comment on function core.compare_delivery(text, jsonb) is
'Fills pg_temp.difference with the delivered rows that differ from the source''s live features, '
'and the live ones not delivered.';
