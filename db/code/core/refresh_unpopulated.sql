-- Last in order: fills materialized views that were just made, in the same transaction, so no
-- reader meets an empty one.
do $$
declare
    v_view regclass;
begin
    for v_view in
        select c.oid::regclass from pg_catalog.pg_class as c
        where c.relkind = 'm' and not c.relispopulated and c.relnamespace = 'api'::regnamespace
        order by c.oid
    loop
        execute format('refresh materialized view %s', v_view);
    end loop;
end
$$;
