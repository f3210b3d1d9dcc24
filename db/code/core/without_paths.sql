create or replace function core.without_paths(document jsonb, paths text[]) returns jsonb
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    v_written text;
    v_path text[];
begin
    foreach v_written in array paths loop
        v_path := v_written;
        document := document #- v_path;
        -- An object that only held what was taken out goes with it.
        while cardinality(v_path) > 1 loop
            v_path := trim_array(v_path, 1);
            exit when document #> v_path <> '{}' or document #> v_path is null;
            document := document #- v_path;
        end loop;
    end loop;
    return jsonb_strip_nulls(document);
end
$$;

comment on function core.without_paths(jsonb, text[]) is
'A document without some paths (each written as a text array), '
'without the objects that emptied, and without nulls.';
