-- Looks each distinct raw value of the standardised fields up once, not once a row.
create or replace function core.learn_spellings(source text, mapping jsonb) returns void
language plpgsql set search_path = '' as $$
declare
    v_field text;
begin
    create temporary table spellings (domain text, raw text, standard text) on commit drop;
    for v_field in
        select f.name from core.mapped_fields() as f
        where f.standardised and (mapping -> 'columns' ? f.name or mapping -> 'paths' ? f.name)
    loop
        execute format(
            'insert into pg_temp.spellings
             select %1$L, d.raw, core.standard_name(%1$L, d.raw)
             from (select distinct %2$s as raw from raw.%3$I as r) as d where d.raw is not null',
            v_field, core.raw_expression(mapping, v_field), source
        );
    end loop;
end
$$;

comment on function core.learn_spellings(text, jsonb) is
'Fills pg_temp.spellings: raw value to standard name, for the standardised fields of a delivery.';
