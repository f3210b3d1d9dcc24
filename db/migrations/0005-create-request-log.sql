-- What was asked of the services, and how long the answers took: what the figures of the monthly
-- report are counted from.
create table ops.request_log (
    request_log_id bigint generated always as identity primary key,
    at timestamptz not null,
    service text not null,
    request_id text not null,
    method text not null,
    route text not null,
    resource text,
    query text,
    format text,
    -- squawk-ignore prefer-bigint-over-int -- it has three digits
    status integer not null,
    bytes bigint not null,
    milliseconds double precision not null,
    first_byte_ms double precision,
    client inet,
    user_agent text,
    was_cached boolean not null default false,
    is_complete boolean not null default true,
    constraint request_log_status_is_http check (status between 100 and 599)
);

-- Figures are of days, and per route: with the times in the index they need not read the rows.
create index request_log_at_idx on ops.request_log (at) include (route, milliseconds);

comment on table ops.request_log is
'Every request to the gateway but /live, /ready and /metrics; written a second later, in batches. '
'The worker deletes what is older than request_log_keep days.';
comment on column ops.request_log.request_log_id is 'In the order of writing, not of asking.';
comment on column ops.request_log.at is 'When the request came in.';
comment on column ops.request_log.service is
'Who answered: gateway; viewer = a page, as the reader''s browser measured it.';
comment on column ops.request_log.request_id is
'X-Request-Id of the answer, and request_id of the lines in the service''s log.';
comment on column ops.request_log.method is 'GET, HEAD or POST; of refused requests any.';
comment on column ops.request_log.route is
'Path with placeholders, such as /api/v1/{name}, or the viewer''s screen; unmatched = there '
'is no such path.';
comment on column ops.request_log.resource is 'View or feature group, as it was asked for.';
comment on column ops.request_log.query is
'The query string without its percent signs where they stand for letters beyond ASCII; the first '
'2000 characters.';
comment on column ops.request_log.format is
'csv, json, ndjson, xlsx, parquet ...; null = the answer has no body.';
comment on column ops.request_log.status is '499 = the client left before there was an answer.';
comment on column ops.request_log.bytes is
'Of the body, as it was sent: packed, if it was; 0 if nginx sends the file.';
comment on column ops.request_log.milliseconds is
'From the request to the last byte; of a page until its rows were there.';
comment on column ops.request_log.first_byte_ms is
'From the request to the first bytes of the body; null = there was no answer.';
comment on column ops.request_log.client is
'Address of who asked, as the proxy on this machine says; null = unknown.';
comment on column ops.request_log.user_agent is 'What the client calls itself; 200 characters.';
comment on column ops.request_log.was_cached is
'Answered from memory or a file, or by 304: without the database.';
comment on column ops.request_log.is_complete is
'False = the answer broke off: the client left, or the database did.';

grant usage on schema ops to fmw_log;
