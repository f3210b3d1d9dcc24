create or replace function core.due_views() returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select v.matviewname
    from pg_catalog.pg_matviews as v
    where v.schemaname = 'api'
        and (
            exists (select from core.unpublished as u where u.view_name = v.matviewname)
            or (
                v.matviewname = 'daily_counts'
                and exists (
                    select from ops.snapshot_state as s
                    where s.refreshed_on < core.korean_day(now())
                )
            )
        )
$$;

comment on function core.due_views() is
'The materialized views of schema api that do not show the latest change, or the present day.';
