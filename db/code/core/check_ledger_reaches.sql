create or replace function core.check_ledger_reaches(moment timestamptz) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if moment is null then
        raise exception 'no moment is given' using errcode = 'FM422', hint = 'Give a time.';
    end if;
    if moment < core.ledger_begin() then
        raise exception 'history begins on %', core.ledger_begin()
            using errcode = 'FM422',
            hint = 'Older months were detached from the ledger: ask for a later moment.';
    end if;
end
$$;

comment on function core.check_ledger_reaches(timestamptz) is
'Refuses (FM422) a moment of which the ledger tells nothing any more.';
