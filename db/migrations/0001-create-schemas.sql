-- The four schemas: raw as it arrived, core truth and rules, ops for admins, api the public
-- contract.
create schema raw;
create schema core;
create schema ops;
create schema api;

comment on schema raw is
'The last delivery of each source as it arrived: one table a source, its own headers.';
comment on schema core is
'Truth: features, the ledger of their changes, the name map, and every rule about them.';
comment on schema ops is
'For admins: sources, runs, issues, measurements. A view here is /api/dev/<view>.';
comment on schema api is 'The public contract, read-only. A view here is /api/v1/<view>.';

revoke all on schema raw, core, ops, api from public;
grant usage on schema api to fmw_reader, fmw_ops, fmw_admin, fmw_etl;
grant usage on schema ops to fmw_ops, fmw_admin, fmw_etl;
grant usage on schema core to fmw_admin, fmw_etl;
grant usage on schema raw to fmw_admin, fmw_etl;

-- Functions and types are everyone's to use unless somebody says otherwise; here somebody does.
-- Everything else that fmw_owner makes is private as it is.
alter default privileges for role fmw_owner revoke execute on functions from public;
alter default privileges for role fmw_owner revoke usage on types from public;
