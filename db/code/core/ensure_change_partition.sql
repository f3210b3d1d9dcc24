create or replace function core.ensure_change_partition(moment timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
    v_month timestamptz := date_trunc('month', moment, 'UTC');
    v_name text := 'changes_' || to_char(v_month at time zone 'UTC', 'YYYYMM');
begin
    if to_regclass('core.' || v_name) is not null then
        return;
    end if;
    -- Who finds it missing at the same time waits here and then finds it made. Creating a partition
    -- takes this lock anyway.
    lock table core.changes in access exclusive mode;
    if to_regclass('core.' || v_name) is not null then
        return;
    end if;
    execute format(
        'create table core.%I partition of core.changes for values from (%L) to (%L)',
        v_name, v_month, v_month + interval '1 month'
    );
    execute format(
        'create trigger changes_no_truncate before truncate on core.%I '
        'execute function core.refuse_change()',
        v_name
    );
    execute format(
        'comment on table core.%I is %L',
        v_name, 'Changes of ' || to_char(v_month at time zone 'UTC', 'YYYY-MM') || ' (UTC).'
    );
end
$$;

comment on function core.ensure_change_partition(timestamptz) is
'Makes the monthly partition of core.changes for a moment, if it is not there.';
