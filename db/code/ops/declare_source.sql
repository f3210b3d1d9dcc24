create or replace function ops.declare_source(
    source text, kind text, location text, priority integer, schedule text,
    max_removed double precision, min_rows bigint
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.sources as s (source, kind, location, priority, schedule, max_removed, min_rows)
    values (
        declare_source.source, declare_source.kind, declare_source.location,
        declare_source.priority, declare_source.schedule, declare_source.max_removed,
        declare_source.min_rows
    )
    on conflict (source) do update
    set kind = excluded.kind,
        location = excluded.location,
        priority = excluded.priority,
        schedule = excluded.schedule,
        max_removed = excluded.max_removed,
        min_rows = excluded.min_rows,
        is_declared = true,
        declared_at = now()
    where (s.kind, s.location, s.priority, s.schedule, s.max_removed, s.min_rows, s.is_declared)
        is distinct from (
            excluded.kind, excluded.location, excluded.priority, excluded.schedule,
            excluded.max_removed, excluded.min_rows, true
        )
$$;

comment on function ops.declare_source(text, text, text, integer, text, double precision, bigint) is
'Writes a source as sources.toml declares it.';
