-- The SELECT that reads raw.<source> in our columns. `mapping`, written by etl, holds
--   columns    {ours: staging column}          (tabular deliveries)
--   paths      {ours: [key, index, ...]}       (documents, one jsonb column `document`)
--   constants  {ours: value}
--   json       staging column that holds a JSON object, the base of our attributes
--   attributes {key: staging column}           (the delivered columns that map to none of ours)
-- Values come raw but for the five domains of the name map, which come as standard names.
create or replace function core.staged_query(source text, mapping jsonb) returns text
language sql stable
return (
    select
        format(
            'select r._row, %s, %s as attributes from raw.%I as r%s',
            string_agg(format('%s as %I', f.expression, f.name), ', ' order by f.position),
            core.attributes_expression(mapping),
            source,
            string_agg(f.lookup, '' order by f.position)
        )
    from (
        select
            field.name,
            field.position,
            case
                when not field.standardised then core.raw_expression(mapping, field.name)
                when mapping -> 'constants' ? field.name
                    then format(
                        'coalesce(%L, %L)',
                        core.standard_name(field.name, mapping -> 'constants' ->> field.name),
                        field.default_value
                    )
                else format(
                    'coalesce(%I.standard, %L)', 'standard_' || field.name, field.default_value
                )
            end as expression,
            case
                when field.standardised and not mapping -> 'constants' ? field.name
                    then format(
                        ' left join pg_temp.spellings as %1$I'
                        ' on %1$I.domain = %2$L and %1$I.raw = %3$s',
                        'standard_' || field.name,
                        field.name,
                        core.raw_expression(mapping, field.name)
                    )
                else ''
            end as lookup
        from core.mapped_fields() as field
    ) as f
);

comment on function core.staged_query(text, jsonb) is
'The SELECT that reads raw.<source> in our columns by a mapping.';
