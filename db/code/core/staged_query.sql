-- The SELECT that reads raw.<source> in our columns. `mapping`, written by etl, holds
--   columns    {ours: staging column}          (tabular deliveries)
--   paths      {ours: [key, index, ...]}       (documents, one jsonb column `document`)
--   constants  {ours: value}
--   dates      [ours]                          (those of the columns that are dates)
--   json       staging column that holds a JSON object, the base of our attributes
--   attributes {key: staging column}           (the delivered columns that map to none of ours)
-- Values come raw but for the dates and the five domains of the name map, which come as standard
-- names: the few spellings of a delivery are arrays within the query, because no parallel worker
-- could read them from pg_temp.spellings. `is_undated`: a date of the row cannot be read.
create or replace function core.staged_query(source text, mapping jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select
            format(
                'select r._row, %s, %s as attributes, %s as is_undated from raw.%I as r%s',
                string_agg(format('%s as %I', f.expression, f.name), ', ' order by f.position),
                core.attributes_expression(mapping),
                coalesce(
                    string_agg(
                        format('%s is not null and %I.standard is null', f.raw, f.lookup_name),
                        ' or '
                    ) filter (where f.is_date),
                    'false'
                ),
                source,
                string_agg(f.lookup, '' order by f.position)
            )
        from (
            select
                field.name,
                field.position,
                field.is_date,
                field.raw,
                field.lookup_name,
                case
                    when field.is_date then format('nullif(%I.standard, '''')', field.lookup_name)
                    when not field.standardised then field.raw
                    when field.is_delivered
                        then format(
                            'coalesce(%I.standard, %L)', field.lookup_name, field.default_value
                        )
                    else format(
                        'coalesce(%L, %L)',
                        (
                            select s.standard from pg_temp.spellings as s
                            where s.domain = field.name
                        ),
                        field.default_value
                    )
                end as expression,
                case
                    when field.is_date or field.standardised and field.is_delivered
                        then (
                            select
                                format(
                                    ' left join unnest(%2$L::text[], %3$L::text[])'
                                    ' as %1$I (raw, standard) on %1$I.raw = %4$s',
                                    field.lookup_name,
                                    array_agg(s.raw),
                                    array_agg(s.standard),
                                    field.raw
                                )
                            from pg_temp.spellings as s where s.domain = field.name
                        )
                    else ''
                end as lookup
            from (
                select
                    m.*,
                    d.is_delivered,
                    d.is_delivered and coalesce(mapping -> 'dates' ? m.name, false) as is_date,
                    core.raw_expression(mapping, m.name) as raw,
                    'standard_' || m.name as lookup_name
                from core.mapped_fields() as m
                cross join lateral (
                    select
                        mapping -> 'columns' ? m.name or mapping -> 'paths' ? m.name
                            as is_delivered
                ) as d
            ) as field
        ) as f
    );
end
$$;

comment on function core.staged_query(text, jsonb) is
'The SELECT that reads raw.<source> in our columns by a mapping.';
