-- Runs after core.compare_delivery, before core.resolve_identities, and only counts: hashing every
-- row to look for duplicates would cost more than the whole diff. Two new rows of one identity
-- pass; the unique index meets them.
create or replace function core.has_duplicates(source text, delivered bigint) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    v_live bigint;
    v_missing bigint;
    v_strange bigint;
    v_twice bigint;
    v_also_stored bigint;
begin
    -- Executed, not written in place: only so may workers count beside.
    execute
        'select count(*) from core.features as f where f.source = $1 and f.removed_at is null'
    into v_live using source;
    select count(*) into v_missing from pg_temp.difference as d where d.match = 'missing';
    select count(*) into v_strange
    from pg_temp.difference as d
    where d.match in ('new', 'nameless') or d.match = 'undated' and d.feature_id is null;
    if delivered - v_strange > v_live - v_missing then
        return true; -- two rows for one stored spelling
    end if;
    select
        count(*) - count(distinct f.feature_id),
        count(*) filter (where f.source = has_duplicates.source and gone.feature_id is null)
    into v_twice, v_also_stored
    from pg_temp.difference as d
    inner join core.features as f on f.identity_hash = d.identity_hash and f.removed_at is null
    left join pg_temp.difference as gone
        on gone.match = 'missing' and gone.feature_id = f.feature_id
    where d.match = 'new';
    -- Two other spellings of one stored identity, or one and the stored spelling.
    return v_twice > 0 or v_also_stored > 0;
end
$$;

comment on function core.has_duplicates(text, bigint) is
'Whether a compared delivery of so many rows names a stored identity more than once.';
