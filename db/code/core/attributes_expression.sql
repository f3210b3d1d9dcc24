create or replace function core.attributes_expression(mapping jsonb) returns text
language sql immutable
return coalesce(
    case
        when mapping ? 'paths'
            then (
                select
                    format(
                        'core.without_paths(r.document, array[%s])',
                        string_agg(format('%L', path.steps::text), ', ' order by path.steps desc)
                    )
                from (
                    select array(select jsonb_array_elements_text(p.value)) as steps
                    from jsonb_each(mapping -> 'paths') as p
                    union
                    select array(select jsonb_array_elements_text(i.value))
                    from jsonb_array_elements(mapping -> 'ignored') as i
                ) as path
            )
        when mapping ->> 'json' is not null and mapping -> 'attributes' = '{}'
            then format('coalesce(r.%I, ''{}'')', mapping ->> 'json')
        -- A function takes a hundred arguments at most: fifty pairs to a call.
        else (
            select
                'jsonb_strip_nulls('
                || coalesce('coalesce(r.' || quote_ident(mapping ->> 'json') || ', ''{}'') || ', '')
                || string_agg(chunk.built, ' || ') || ')'
            from (
                select
                    format(
                        'jsonb_build_object(%s)',
                        string_agg(format('%L, r.%I', a.key, a.value), ', ')
                    ) as built
                from (
                    select
                        e.key,
                        e.value,
                        (row_number() over (order by e.key) - 1) / 50 as chunk
                    from jsonb_each_text(mapping -> 'attributes') as e
                ) as a
                group by a.chunk
            ) as chunk
        )
    end,
    '''{}''::jsonb'
);

comment on function core.attributes_expression(jsonb) is
'The SQL expression that gathers a staging row''s unmapped columns as jsonb.';
