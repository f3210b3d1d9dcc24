-- Roles are cluster-wide, so they are made here and not in a migration. Safe to run again.
-- No password is set: give one with `alter role ... password`, or let pg_hba.conf decide.
do $$
declare
    v_role text;
begin
    foreach v_role in array array[
        'fmw_owner', 'fmw_etl', 'fmw_reader', 'fmw_ops', 'fmw_admin', 'fmw_log'
    ] loop
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
comment on role fmw_log is
'What the services note: INSERT into ops.request_log, ops.send_feedback().';

-- A day is a day in Korea, also where it is read from a text without an offset.
--
-- A reader that waits for minutes helps nobody, and a forgotten transaction holds up every sync.
-- Who really needs longer may raise a limit in the session, and an administrator for good: what
-- `alter role` set stays. fmw_etl has the last limit only: a sync may be long, and its turn is
-- waited for by a lock; the differences it keeps in temporary tables should fit into memory.
do $$
declare
    v_set record;
begin
    for v_set in
        select r.oid::regrole as role, s.name, s.value
        from (
            values
            ('fmw_reader', 'timezone', 'Asia/Seoul'),
            ('fmw_ops', 'timezone', 'Asia/Seoul'),
            ('fmw_log', 'timezone', 'Asia/Seoul'),
            ('fmw_admin', 'timezone', 'Asia/Seoul'),
            ('fmw_etl', 'timezone', 'Asia/Seoul'),
            ('fmw_reader', 'statement_timeout', '30s'),
            ('fmw_reader', 'lock_timeout', '5s'),
            ('fmw_reader', 'idle_in_transaction_session_timeout', '60s'),
            ('fmw_ops', 'statement_timeout', '60s'),
            ('fmw_ops', 'lock_timeout', '5s'),
            ('fmw_ops', 'idle_in_transaction_session_timeout', '60s'),
            ('fmw_log', 'statement_timeout', '30s'),
            ('fmw_log', 'lock_timeout', '5s'),
            ('fmw_log', 'idle_in_transaction_session_timeout', '60s'),
            ('fmw_admin', 'statement_timeout', '15min'),
            ('fmw_admin', 'lock_timeout', '30s'),
            ('fmw_admin', 'idle_in_transaction_session_timeout', '10min'),
            ('fmw_etl', 'idle_in_transaction_session_timeout', '10min'),
            ('fmw_etl', 'temp_buffers', '512MB')
        ) as s (role, name, value)
        inner join pg_catalog.pg_roles as r on r.rolname = s.role
        where not exists (
            select from unnest(r.rolconfig) as own (setting)
            where lower(split_part(own.setting, '=', 1)) = s.name
        )
    loop
        execute format('alter role %s set %I = %L', v_set.role, v_set.name, v_set.value);
    end loop;
end
$$;
