-- Whoever writes a feature by hand gets its identity right and its date now. A run computes both in
-- bulk, and is spared a call a row. To pretend to be one does not help: runs work as fmw_owner, and
-- core.current_run_id, which the ledger's triggers ask, knows them.
create or replace function core.prepare_feature() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.kind := core.clean(new.kind);
    new.feature_group := core.clean(new.feature_group);
    new.feature_name := core.clean(new.feature_name);
    new.environment := core.clean(new.environment);
    new.identity_hash := core.identity_hash(
        new.kind, new.feature_group, new.feature_name, new.environment
    );
    new.changed_at := old.changed_at; -- null for a new row
    old.source_ref := new.source_ref; -- the source's own, no change of the feature
    if new is distinct from old then
        new.changed_at := greatest(now(), old.changed_at); -- a run may be dated ahead of this
    end if;
    return new;
end
$$;

comment on function core.prepare_feature() is
'Cleans and hashes the identity of a feature written outside a run, and dates the change, if there '
'is one.';

create or replace trigger features_prepare before insert or update on core.features
for each row when (
    current_user <> 'fmw_owner' or coalesce(current_setting('fmw.run_id', true), '') = ''
)
execute function core.prepare_feature();
