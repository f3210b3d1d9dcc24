create or replace function ops.forget_requests(keep interval default '90 days') returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_count bigint;
begin
    if keep < interval '0' then
        raise exception 'a negative time to keep requests: %', keep
            using errcode = 'FM422', hint = 'Give an interval such as 90 days.';
    end if;
    delete from ops.request_log as r where r.at < now() - keep;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

comment on function ops.forget_requests(interval) is
'Deletes from ops.request_log what is older than that, and returns how many rows it was.';
