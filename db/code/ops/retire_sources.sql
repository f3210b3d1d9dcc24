create or replace function ops.retire_sources(declared text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update ops.sources as s
    set is_declared = false, declared_at = now()
    where s.is_declared and s.source <> all (retire_sources.declared)
$$;

comment on function ops.retire_sources(text[]) is
'Marks the sources that sources.toml no longer declares; what they delivered stays.';
