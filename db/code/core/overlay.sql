-- Switched off: sqlfluff does not know how aggregates are written.
create or replace aggregate core.overlay(jsonb) ( -- noqa: LT01
    sfunc = pg_catalog.jsonb_concat,
    stype = jsonb,
    initcond = '{}',
    parallel = safe
);

comment on aggregate core.overlay(jsonb) is -- noqa: LT01
'Objects laid one over the other, in the order given: of each key the last value shows.';
