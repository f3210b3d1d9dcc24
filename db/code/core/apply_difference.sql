-- Touches only what differs. The statement triggers on core.features write the ledger. A source
-- that loses features to another is to notice: its last bytes count as new.
create or replace function core.apply_difference(source text, effective_at timestamptz) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_is_first boolean :=
        not exists (select from core.features) and not exists (select from core.changes);
begin
    update ops.sources as s
    set fingerprint = null
    from pg_temp.difference as d
    inner join core.features as f on f.feature_id = d.feature_id
    where d.match = 'taken' and s.source = f.source;

    update core.features as f
    set removed_at = apply_difference.effective_at, changed_at = apply_difference.effective_at
    from pg_temp.difference as d
    where d.match = 'missing' and f.feature_id = d.feature_id;

    update core.features as f
    set status = d.status,
        owner = d.owner,
        since = d.since,
        until = d.until,
        default_value = d.default_value,
        title = d.title,
        description = d.description,
        url = d.url,
        attributes = d.attributes,
        source = apply_difference.source,
        source_ref = d.source_ref,
        changed_at = apply_difference.effective_at
    from pg_temp.difference as d
    where d.match in ('same', 'respelled', 'taken') and f.feature_id = d.feature_id;

    update core.features as f
    set feature_group = d.feature_group,
        identity_hash = d.identity_hash,
        status = d.status,
        owner = d.owner,
        since = d.since,
        until = d.until,
        default_value = d.default_value,
        title = d.title,
        description = d.description,
        url = d.url,
        attributes = d.attributes,
        source_ref = d.source_ref,
        changed_at = apply_difference.effective_at
    from pg_temp.difference as d
    where d.match = 'moved' and f.feature_id = d.feature_id;

    -- The first rows ever: indexes built behind them cost a fifth of indexes grown row by row.
    if v_is_first then
        alter table core.features
        drop constraint features_pkey, drop constraint features_identity_hash_key;
        alter table core.changes drop constraint changes_pkey;
        drop index core.changes_feature_id_change_id_idx;
    end if;
    -- A new row is proved new, under the lock. Where nothing returns, the upsert's own look-up of
    -- each identity would find nothing, at a tenth of a first load's time.
    execute
        $query$
        insert into core.features as f (
            created_at, changed_at, identity_hash, source, kind, feature_group, feature_name,
            environment, status, owner, since, until, default_value, title, description, url,
            attributes, source_ref
        )
        select
            $1,
            $1,
            d.identity_hash,
            $2,
            d.kind,
            d.feature_group,
            d.feature_name,
            d.environment,
            d.status,
            d.owner,
            d.since,
            d.until,
            d.default_value,
            d.title,
            d.description,
            d.url,
            d.attributes,
            d.source_ref
        from pg_temp.difference as d
        where d.match in ('new', 'returns')
        $query$
        || case
            when exists (select from pg_temp.difference as d where d.match = 'returns')
                then
                    $query$
                    on conflict (identity_hash) do update
                    set status = excluded.status,
                        owner = excluded.owner,
                        since = excluded.since,
                        until = excluded.until,
                        default_value = excluded.default_value,
                        title = excluded.title,
                        description = excluded.description,
                        url = excluded.url,
                        attributes = excluded.attributes,
                        source = excluded.source,
                        source_ref = excluded.source_ref,
                        changed_at = excluded.changed_at,
                        removed_at = null
                    where f.removed_at is not null
                    $query$
            else ''
        end
    using effective_at, source;
    if v_is_first then
        alter table core.features
        add constraint features_pkey primary key (feature_id),
        add constraint features_identity_hash_key unique (identity_hash);
        alter table core.changes add constraint changes_pkey primary key (changed_at, change_id);
        create index changes_feature_id_change_id_idx on core.changes (feature_id, change_id);
    end if;
end
$$;

comment on function core.apply_difference(text, timestamptz) is
'Applies pg_temp.difference to core.features: removals, updates, moves, then new and returning '
'rows.';
