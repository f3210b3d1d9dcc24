-- Who may do what, in one place. What is not granted here nobody has: a new object is private until
-- it is named.
revoke all on all tables in schema raw, core, ops, api
from fmw_reader, fmw_ops, fmw_admin, fmw_etl, fmw_log;
revoke all on all functions in schema core, ops
from public, fmw_reader, fmw_ops, fmw_admin, fmw_etl, fmw_log;
revoke all on all functions in schema api
from public, fmw_reader, fmw_ops, fmw_admin, fmw_etl, fmw_log;

grant select on api.features, api.groups, api.daily_counts, api.snapshot, api.feature_history,
api.removed_features, api.aliases, api.home to fmw_reader, fmw_ops, fmw_admin, fmw_etl;

grant select on ops.sources, ops.runs, ops.run_issues, ops.runs_summary, ops.changes, ops.freshness,
ops.name_map_changes, ops.name_map_effects, ops.unmapped_names, ops.quality_nulls,
ops.stale_features, ops.sudden_jumps, ops.late_sources, ops.heartbeats, ops.backups, ops.troubles,
ops.alerts, ops.alert_deliveries, ops.request_log, ops.feedback
to fmw_ops, fmw_admin, fmw_etl;

-- api.search_features is inlined into the query of the one who asks.
grant execute on function api.search_features(text), core.bigrams(text), core.search_words(text),
core.search_text(text, text, text, text, text), core.search_bigrams(text),
core.search_patterns(text), core.is_clean(text), core.clean(text)
to fmw_reader, fmw_ops, fmw_admin, fmw_etl;

grant execute on function api.features_as_of(timestamptz, text),
api.features_between(timestamptz, timestamptz, text) to fmw_reader, fmw_ops, fmw_admin, fmw_etl;

grant execute on function ops.detach_changes(date) to fmw_admin;
grant execute on function ops.request_sync(text[], boolean, text) to fmw_ops, fmw_admin, fmw_etl;
grant execute on function ops.record_backup(timestamptz, text, bigint, text)
to fmw_admin, fmw_etl;
grant insert on ops.request_log to fmw_log;
grant execute on function ops.send_feedback(text, text, text, inet, text) to fmw_log;
grant execute on function ops.forget_requests(interval) to fmw_admin, fmw_etl;
grant execute on function ops.refresh(boolean) to fmw_admin, fmw_etl;

grant select on all tables in schema core, raw to fmw_admin;
grant insert, update, delete on core.features, core.name_map to fmw_admin;

grant execute on function core.sync(bigint, jsonb, text), core.create_staging(text, text[], text[]),
core.preview(text, jsonb),
core.set_alias(text, text, text, text), core.name_map_version() to fmw_etl;
grant execute on function
core.set_alias(text, text, text, text), core.remove_alias(text, text, text) to fmw_admin;
grant execute on function
ops.declare_source(text, text, text, integer, text, double precision, bigint),
ops.begin_run(text, text, timestamptz, boolean, boolean), ops.skip_run(bigint),
ops.fail_run(bigint, text),
ops.retire_sources(text[]), ops.retry_run(bigint, boolean), ops.fail_abandoned_runs(),
ops.next_run(), ops.beat(text, text, integer, timestamptz), ops.note_troubles(),
ops.pending_alerts(text, interval), ops.record_alert_deliveries(text, bigint[], boolean[]),
ops.report_issues(bigint, text[], text[], text[], text[], boolean[]),
ops.locate_issues(bigint, bigint[], text[]) to fmw_etl;
grant select on core.name_map to fmw_etl;

-- Used inside views and triggers, which run functions as the one who asks.
grant execute on function core.korean_day(timestamptz) to fmw_reader, fmw_ops, fmw_admin, fmw_etl;
grant execute on function core.fold(text), core.bigrams(text) to fmw_ops, fmw_admin, fmw_etl;
grant execute on function
core.is_clean(text), core.clean(text), core.clean_text(text),
core.identity_hash(text, text, text, text), core.standard_name(text, text),
core.standard_names(text, text[]) to fmw_admin, fmw_etl;

-- The admins' own scheduled jobs may refresh the views one by one, where Postgres knows that right.
do $$
begin
    if current_setting('server_version_num')::int >= 170000 then
        execute 'grant maintain on api.features, api.groups, api.daily_counts to fmw_admin';
    end if;
end
$$;
