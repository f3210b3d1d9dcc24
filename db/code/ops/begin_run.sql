-- A queued run of the source is taken over, so that asking through the API and running by hand are
-- one run.
create or replace function ops.begin_run(
    source text, file text, effective_at timestamptz, accept_removals boolean,
    is_ordinary boolean
) returns ops.runs
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    v_last timestamptz;
    v_run ops.runs;
begin
    perform pg_advisory_xact_lock(hashtext('fmw.request'));
    select s.effective_at into strict v_last
    from ops.sources as s where s.source = begin_run.source;
    if begin_run.effective_at > now() + interval '1 hour' then
        raise exception 'the date % lies in the future', begin_run.effective_at
            using errcode = 'FM422', hint = 'A delivery is dated when its state became true.';
    end if;
    perform core.check_ledger_reaches(begin_run.effective_at);
    if begin_run.effective_at < v_last then
        raise exception 'source % was already synced with the later date %',
            begin_run.source, v_last
            using errcode = 'FM422',
            hint = 'History cannot be written behind its end: give a later --effective-at.';
    end if;
    -- What was asked for is the source as it stands, not an old file or another date.
    if not is_ordinary and exists (
        select from ops.runs as r where r.source = begin_run.source and r.status = 'queued'
    ) then
        raise exception 'a run of % is queued', begin_run.source
            using errcode = 'FM422', hint = 'Let the worker make it first.';
    end if;
    perform core.ensure_change_partition(begin_run.effective_at);
    insert into ops.runs as r (source, status, started_at, effective_at, file, accept_removals)
    values (
        begin_run.source, 'running', clock_timestamp(), begin_run.effective_at, begin_run.file,
        begin_run.accept_removals
    )
    on conflict (source) where status in ('queued', 'running') do update
    set status = 'running',
        started_at = excluded.started_at,
        effective_at = excluded.effective_at,
        file = excluded.file,
        not_before = null,
        accept_removals = r.accept_removals or excluded.accept_removals
    returning r.* into strict v_run;
    return v_run;
end
$$;

comment on function ops.begin_run(text, text, timestamptz, boolean, boolean) is
'Starts a run of a source; an ordinary one (its own files, dated now) takes over the queued one. '
'Raises FM422 for a date before the last one or in the future.';
