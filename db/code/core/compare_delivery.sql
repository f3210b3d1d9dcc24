-- The set-based diff: one full join of the delivery with the source's live features.
-- Cleaning is idempotent, so a raw value equal to the stored one is clean already: rows that did
-- not change are recognised before anything is normalised or hashed, and only the others pay for
-- it. `match` becomes
--   same     the identity is stored in this very spelling; a value may differ
--   new      no such spelling; core.resolve_identities looks further by identity_hash
--   missing  a live feature the delivery does not name
-- Hash joins only: the staging table has no statistics yet, and a nested loop over it would never
-- end. What comes after works on the difference, which has.
create or replace function core.compare_delivery(source text, mapping jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
set enable_nestloop = off set enable_mergejoin = off
as $$
begin
    drop table if exists pg_temp.difference;
    execute format(
        $query$
        create temporary table difference on commit drop as
        select
            d.*,
            case
                when d.match = 'new'
                    then core.identity_hash(d.kind, d.feature_group, d.feature_name, d.environment)
            end as identity_hash
        from (
            select
                s._row,
                f.feature_id,
                case
                    when s._row is null then 'missing'
                    when f.feature_id is null then 'new'
                    else 'same'
                end as match,
                s.kind,
                s.feature_group,
                core.clean(s.feature_name) as feature_name,
                s.environment,
                s.status,
                s.owner,
                core.clean(s.since) as since,
                core.clean(s.until) as until,
                core.clean(s.default_value) as default_value,
                core.clean(s.title) as title,
                core.clean_text(s.description) as description,
                core.clean(s.url) as url,
                s.attributes,
                core.clean(s.source_ref) as source_ref
            from (
                select staged.* from (%s) as staged
                where not exists (select from pg_temp.rejected as r where r._row = staged._row)
            ) as s
            full join (
                select * from core.features as live
                where live.source = %L and live.removed_at is null
            ) as f
                on f.feature_group = s.feature_group and f.feature_name = s.feature_name
                and f.environment = s.environment and f.kind = s.kind
            where s._row is null or f.feature_id is null
                or (
                    f.status, f.owner, f.since, f.until, f.default_value, f.title, f.description,
                    f.url
                )
                is distinct from
                (
                    s.status, s.owner, s.since, s.until, s.default_value, s.title, s.description,
                    s.url
                )
                or f.attributes is distinct from s.attributes
            offset 0 -- so that a name is cleaned once, not again for the hash
        ) as d
        $query$,
        core.staged_query(source, mapping), source
    );
    analyze pg_temp.difference (match, feature_id, identity_hash);
end
$$;

comment on function core.compare_delivery(text, jsonb) is
'Fills pg_temp.difference with the delivered rows that differ from the source''s live features, '
'and the live ones not delivered.';
