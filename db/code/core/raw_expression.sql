create or replace function core.raw_expression(mapping jsonb, field text) returns text
language sql immutable
return case
    when mapping -> 'constants' ? field then quote_literal(mapping -> 'constants' ->> field)
    when mapping -> 'columns' ? field then format('r.%I', mapping -> 'columns' ->> field)
    when mapping -> 'paths' ? field
        then format(
            '(r.document #>> %L)',
            array(select jsonb_array_elements_text(mapping -> 'paths' -> field))
        )
    else 'null::text'
end;

comment on function core.raw_expression(jsonb, text) is
'The SQL expression that reads one of our fields from a staging row r.';
