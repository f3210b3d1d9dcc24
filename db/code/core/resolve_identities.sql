-- Rows without an exact match may still be known: in another spelling, removed earlier, or owned by
-- another source. Of two sources the one of higher priority gets the identity; of equals, who has
-- it.
create or replace function core.resolve_identities(source text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update pg_temp.difference as d
    set feature_id = f.feature_id,
        match = case
            when f.removed_at is not null then 'returns'
            when f.source = resolve_identities.source then 'respelled'
            when owner.priority < claimant.priority then 'taken'
            else 'foreign'
        end
    from core.features as f
    inner join ops.sources as claimant on claimant.source = resolve_identities.source
    left join ops.sources as owner on owner.source = f.source
    where d.match = 'new' and f.identity_hash = d.identity_hash;

    delete from pg_temp.difference as gone
    using pg_temp.difference as found
    where gone.match = 'missing'
        and found.match = 'respelled'
        and found.feature_id = gone.feature_id;

    delete from pg_temp.difference as d
    using core.features as f
    where f.feature_id = d.feature_id and d.match in ('same', 'respelled')
        and (
            f.status, f.owner, f.since, f.until, f.default_value, f.title, f.description, f.url,
            f.attributes
        )
        is not distinct from
        (
            d.status, d.owner, d.since, d.until, d.default_value, d.title, d.description, d.url,
            d.attributes
        );
end
$$;

comment on function core.resolve_identities(text) is
'Finds known features among the new rows of pg_temp.difference and drops rows whose cleaned '
'values are the stored ones.';
