create or replace function core.removal_objection(run ops.runs) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    return (select case
        when run.accept_removals then null
        when t.delivered = 0 and t.live > 0 then 'the delivery holds no usable row'
        when t.delivered < s.min_rows
            then format(
                'the delivery holds %s rows, fewer than min_rows = %s', t.delivered, s.min_rows
            )
        when t.removed > 0 and t.unread > 0
            then format(
                '%s rows could not be read, and it would remove %s features', t.unread, t.removed
            )
        when t.removed >= 10 and t.removed > s.max_removed * t.live
            then format(
                'it would remove %s of %s features, more than max_removed = %s %%',
                t.removed, t.live, round((s.max_removed * 100)::numeric, 1)
            )
    end
    from ops.sources as s
    cross join (
        select
            run.read - (select count(*) from pg_temp.rejected) as delivered,
            (
                select count(*) from ops.run_issues as i
                where i.run_id = run.run_id and i.row_number is null and not i.is_warning
            ) as unread,
            (
                select count(*) from core.features as f
                where f.source = run.source and f.removed_at is null
            ) as live,
            (select count(*) from pg_temp.difference as d where d.match = 'missing') as removed
    ) as t
    where s.source = run.source);
end
$$;

comment on function core.removal_objection(ops.runs) is
'Why the guard holds a compared delivery back; null if it may be applied.';
