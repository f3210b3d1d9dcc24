-- The identity hash is right whoever writes the row: the sync computes it in bulk, everyone else
-- gets it here.
create or replace function core.identify_feature() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.kind := core.clean(new.kind);
    new.feature_group := core.clean(new.feature_group);
    new.feature_name := core.clean(new.feature_name);
    new.environment := core.clean(new.environment);
    new.identity_hash := core.identity_hash(
        new.kind, new.feature_group, new.feature_name, new.environment
    );
    return new;
end
$$;

comment on function core.identify_feature() is
'Cleans the identity and sets its hash where the writer left it out or had it wrong.';

create or replace trigger features_identify
before insert or update of kind, feature_group, feature_name, environment, identity_hash
on core.features
for each row
when (
    new.identity_hash
    is distinct from
    core.identity_hash(new.kind, new.feature_group, new.feature_name, new.environment)
)
execute function core.identify_feature();
