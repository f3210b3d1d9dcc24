-- Roles are cluster-wide, so they are made here and not in a migration. Safe to run again.
-- No password is set: give one with `alter role ... password`, or let pg_hba.conf decide.
do $$
declare
    v_role text;
begin
    foreach v_role in array array['fmw_owner', 'fmw_etl', 'fmw_reader', 'fmw_ops', 'fmw_admin'] loop
        if not exists (select from pg_catalog.pg_roles as r where r.rolname = v_role) then
            execute format('create role %I login', v_role);
        end if;
    end loop;
    if not pg_has_role(current_user, 'fmw_owner', 'member') then
        execute format('grant fmw_owner to %I', current_user);
    end if;
    execute format('grant create, temporary on database %I to fmw_owner', current_database());
    -- With temporary types a role could slip its own code under a function of the owner's.
    execute format('revoke temporary on database %I from public', current_database());
end
$$;

grant create, usage on schema public to fmw_owner;

comment on role fmw_owner is 'Owns every object of FMW; migrations run as it, no service does.';
comment on role fmw_etl is 'Sync and refresh: fills raw, calls core and ops functions.';
comment on role fmw_reader is 'Viewer and gateway: SELECT on schema api only.';
comment on role fmw_ops is 'Ops console and /api/dev: SELECT on ops and api, may request runs.';
comment on role fmw_admin is
'People: everything fmw_ops may, SELECT on core and raw, corrections by hand.';

-- A sync keeps a delivery's differences in temporary tables; they should fit into memory.
alter role fmw_etl set temp_buffers = '512MB';

-- A reader that waits for minutes helps nobody, and a forgotten transaction holds up every sync.
-- Who really needs longer may raise a limit in the session. fmw_etl has the last one only: a sync
-- may be long, and its turn is waited for by a lock.
alter role fmw_reader set statement_timeout = '30s';
alter role fmw_reader set lock_timeout = '5s';
alter role fmw_reader set idle_in_transaction_session_timeout = '60s';
alter role fmw_ops set statement_timeout = '60s';
alter role fmw_ops set lock_timeout = '5s';
alter role fmw_ops set idle_in_transaction_session_timeout = '60s';
alter role fmw_admin set statement_timeout = '15min';
alter role fmw_admin set lock_timeout = '30s';
alter role fmw_admin set idle_in_transaction_session_timeout = '10min';
alter role fmw_etl set idle_in_transaction_session_timeout = '10min';
