create or replace function ops.pending_alerts(channel text, pause interval)
returns table (
    alert_id bigint, code text, subject text, message text, at timestamptz, is_recovery boolean
)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select
        a.alert_id, a.code, a.subject, a.message, coalesce(a.cleared_at, a.raised_at),
        a.cleared_at is not null
    from ops.alerts as a
    cross join lateral (
        select
            coalesce(bool_or(not d.is_recovery), false) as trouble,
            coalesce(bool_or(d.is_recovery), false) as recovery
        from ops.alert_deliveries as d
        where d.alert_id = a.alert_id and d.channel = pending_alerts.channel
    ) as told
    where case when a.cleared_at is null then not told.trouble
            else told.trouble and not told.recovery end
        and not exists (
            select from ops.alert_deliveries as d
            where d.channel = pending_alerts.channel
                and d.delivered_at > now() - pending_alerts.pause
        )
    order by a.alert_id
$$;

comment on function ops.pending_alerts(text, interval) is
'What a channel has still to tell: new troubles, and the end of those it told of. Nothing within a'
' pause after its last message.';
