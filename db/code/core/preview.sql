-- What a sync would make of the rows in raw.<source>, by the very query it would use. For each
-- mapped field its distinct values, the likeliest first; under `attributes` the other columns.
create or replace function core.preview(source text, mapping jsonb)
returns table (ours text, raw text, becomes text, rows bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform core.learn_spellings(source, mapping);
    execute 'create temporary table preview on commit drop as '
        || core.staged_query(source, mapping);
    return query execute format(
        'select u.ours, u.raw, nullif(core.clean(u.becomes), ''''), count(*) as "rows"
         from raw.%1$I as r
         inner join pg_temp.preview as p on p._row = r._row
         cross join lateral (values %2$s) as u (ours, "position", raw, becomes)
         group by u.ours, u."position", u.raw, u.becomes
         order by u."position", "rows" desc, min(r._row)',
        source,
        (
            select
                string_agg(
                    format(
                        '(%L, %s, %s, p.%I)',
                        f.name, f.position, core.raw_expression(mapping, f.name), f.name
                    ),
                    ', '
                )
            from core.mapped_fields() as f
            where mapping -> 'columns' ? f.name or mapping -> 'paths' ? f.name
        )
    );
    return query
        select 'attributes', a.key, min(a.value), count(*)
        from pg_temp.preview as p
        cross join lateral jsonb_each_text(p.attributes) as a
        group by a.key
        order by a.key;
end
$$;

comment on function core.preview(text, jsonb) is
'What each value staged in raw.<source> would become: our field, as delivered, as stored, and in '
'how many rows; then, as field "attributes", the columns that map to none of ours.';
