-- A trouble that comes back before anybody was told that it was over never was.
create or replace function ops.note_troubles() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_troubles ops.troubles[];
begin
    select array_agg(t) into v_troubles from ops.troubles as t;

    update ops.alerts as a
    set cleared_at = now()
    where a.cleared_at is null
        and not exists (
            select from unnest(v_troubles) as t
            where t.code = a.code and t.subject = a.subject
        );

    update ops.alerts as a
    set cleared_at = null
    where a.alert_id in (
            select max(b.alert_id)
            from ops.alerts as b
            inner join unnest(v_troubles) as t on t.code = b.code and t.subject = b.subject
            group by b.code, b.subject
        )
        and a.cleared_at > now() - interval '1 hour'
        and not exists (
            select from ops.alert_deliveries as d where d.alert_id = a.alert_id and d.is_recovery
        );

    insert into ops.alerts as a (code, subject, message)
    select t.code, t.subject, t.message from unnest(v_troubles) as t
    on conflict (code, subject) where cleared_at is null do nothing;
end
$$;

comment on function ops.note_troubles() is
'Brings ops.alerts up to date with ops.troubles: what is new, and what is over.';
