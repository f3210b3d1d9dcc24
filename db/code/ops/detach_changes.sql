-- Retention: a month of the ledger becomes a table of its own, to be archived (pg_dump -t) and
-- dropped. Nobody may change it meanwhile, either.
create or replace function ops.detach_changes(before date) returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    v_name text;
    v_end timestamptz;
begin
    if before > current_date then
        raise exception 'the month of % is not over', before
            using errcode = 'FM422', hint = 'Give the first day of a past month.';
    end if;
    for v_name, v_end in
        select p.name, p.month + interval '1 month'
        from (
            select
                c.relname as name,
                to_timestamp(right(c.relname, 6) || '01', 'YYYYMMDD') as month
            from pg_catalog.pg_inherits as i
            inner join pg_catalog.pg_class as c on c.oid = i.inhrelid
            where i.inhparent = 'core.changes'::regclass and c.relname ~ '^changes_[0-9]{6}$'
        ) as p
        where p.month + interval '1 month' <= before::timestamptz
        order by p.month
    loop
        execute format('alter table core.changes detach partition core.%I', v_name);
        execute format(
            'create trigger changes_append_only before update or delete on core.%I '
            'for each row execute function core.refuse_change()',
            v_name
        );
        insert into core.detached_partitions (partition_name, changed_before)
        values (v_name, v_end);
        return next v_name;
    end loop;
end
$$;

comment on function ops.detach_changes(date) is
'Takes the months of the ledger that ended before a day out of core.changes and names their tables.'
' features_as_of then refuses moments before them.';
