create or replace function api.features_as_of(moment timestamptz, of_group text default null)
returns setof api.features
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_group text := core.standard_name('feature_group', of_group);
begin
    perform core.check_ledger_reaches(moment);
    if v_group is null then
        return query select f.* from core.features_at(moment, null) as f;
    end if;
    return query
    select f.*
    from core.features_at(moment, array(select core.group_members(v_group, moment))) as f
    where f.feature_group = v_group;
end
$$;

comment on function api.features_as_of(timestamptz, text) is
'The features as they were at a moment, of one group (aliases count) or all; columns as in '
'api.features.';
