create or replace function ops.record_alert_deliveries(
    channel text, alert_ids bigint[], are_recoveries boolean[]
) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into ops.alert_deliveries (alert_id, channel, is_recovery)
    select told.alert_id, record_alert_deliveries.channel, told.is_recovery
    from unnest(alert_ids, are_recoveries) as told (alert_id, is_recovery)
    on conflict do nothing
$$;

comment on function ops.record_alert_deliveries(text, bigint[], boolean[]) is
'Records what a channel has told.';
