-- A row without a single value (a line of commas below a spreadsheet) is no row.
create or replace function core.count_staged(source text) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_is_empty text := (
        select string_agg(format('r.%I is null', a.attname), ' and ' order by a.attnum)
        from pg_catalog.pg_attribute as a
        where a.attrelid = format('raw.%I', source)::regclass
            and a.attnum > 1 and not a.attisdropped
    );
    v_rows bigint;
    v_empty bigint;
begin
    execute format(
        'select count(*), count(*) filter (where %s) from raw.%I as r', v_is_empty, source
    ) into v_rows, v_empty;
    if v_empty > 0 then
        execute format('delete from raw.%I as r where %s', source, v_is_empty);
    end if;
    return v_rows - v_empty;
end
$$;

comment on function core.count_staged(text) is
'Drops the empty rows of raw.<source> and returns how many are left.';
