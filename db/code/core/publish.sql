-- What a refresh leaves behind, whoever made it. Its transaction keeps writers out, so the views
-- show all that was marked.
create or replace function core.publish(view_names text[]) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if 'features' = any (view_names) then
        -- What a refresh put off until now, each search would have to read through.
        perform gin_clean_pending_list('api.features_search_idx');
    end if;
    delete from core.unpublished as u where u.view_name = any (view_names);
    update ops.snapshot_state as s
    set refreshed_on = case
            when 'daily_counts' = any (view_names) then core.korean_day(now()) else s.refreshed_on
        end,
        change_id = case
            when 'features' = any (view_names)
                then coalesce(pg_sequence_last_value(
                    pg_get_serial_sequence('core.changes', 'change_id')::regclass
                ), 0)
            else s.change_id
        end;
    return core.next_version();
end
$$;

comment on function core.publish(text[]) is
'Records that materialized views of schema api were brought up to date: a new snapshot version.';
