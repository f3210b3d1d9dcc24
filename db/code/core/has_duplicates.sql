-- Runs after core.compare_delivery, before core.resolve_identities, and only counts: hashing every
-- row to look for duplicates would cost more than the whole diff. Two new rows of one identity
-- pass; the unique index meets them.
create or replace function core.has_duplicates(source text, delivered bigint) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    v_live bigint;
    v_missing bigint;
    v_strange bigint;
    v_respelled bigint;
    v_respelled_missing bigint;
begin
    select count(*) into v_live
    from core.features as f where f.source = has_duplicates.source and f.removed_at is null;
    select count(*) into v_missing from pg_temp.difference as d where d.match = 'missing';
    select count(*) into v_strange
    from pg_temp.difference as d where d.match in ('new', 'nameless');
    if delivered - v_strange > v_live - v_missing then
        return true; -- two rows for one stored spelling
    end if;
    select count(*), count(gone.feature_id) into v_respelled, v_respelled_missing
    from pg_temp.difference as d
    inner join core.features as f
        on f.identity_hash = d.identity_hash
        and f.source = has_duplicates.source
        and f.removed_at is null
    left join pg_temp.difference as gone
        on gone.match = 'missing' and gone.feature_id = f.feature_id
    where d.match = 'new';
    -- Another spelling of an identity that is also there as stored.
    return v_respelled > v_respelled_missing;
end
$$;

comment on function core.has_duplicates(text, bigint) is
'Whether a compared delivery of so many rows names a stored identity more than once.';
