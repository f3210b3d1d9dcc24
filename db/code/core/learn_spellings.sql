-- Looks each distinct raw value of the standardised fields, and of those declared to be dates, up
-- once, not once a row; one scan finds the values of all fields, each in a grouping set of its own.
create or replace function core.learn_spellings(source text, mapping jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_names text[];
    v_expressions text[];
begin
    create temporary table spellings (domain text, raw text, standard text) on commit drop;
    insert into pg_temp.spellings (domain, raw, standard)
    select f.name, constant.value, core.standard_name(f.name, constant.value)
    from core.mapped_fields() as f
    inner join jsonb_each_text(mapping -> 'constants') as constant on constant.key = f.name
    where f.standardised;

    select array_agg(f.name), array_agg(core.raw_expression(mapping, f.name))
    into v_names, v_expressions
    from core.mapped_fields() as f
    where (f.standardised or mapping -> 'dates' ? f.name)
        and (mapping -> 'columns' ? f.name or mapping -> 'paths' ? f.name);
    if v_names is null then
        return;
    end if;
    execute format(
        'with fields as (
             select u.domain, array_agg(distinct u.raw) as raws
             from (
                 select array[%1$s] as raws from raw.%2$I as r group by grouping sets ((%3$s))
             ) as g
             cross join lateral unnest($1, g.raws) as u (domain, raw)
             where u.raw is not null
             group by u.domain
         )
         insert into pg_temp.spellings (domain, raw, standard)
         select f.domain, s.name, s.standard
         from fields as f
         cross join lateral core.standard_names(f.domain, f.raws) as s
         where not $2 ? f.domain
         union all
         select f.domain, d.raw, core.iso_date(d.raw)
         from fields as f
         cross join lateral unnest(f.raws) as d (raw)
         where $2 ? f.domain',
        array_to_string(v_expressions, ', '), source, array_to_string(v_expressions, '), (')
    ) using v_names, coalesce(mapping -> 'dates', '[]');
end
$$;

comment on function core.learn_spellings(text, jsonb) is
'Fills pg_temp.spellings: raw value to standard name, for the standardised fields of a '
'delivery, and to ISO date (null: unreadable) for its dates.';
