-- raw.<source> holds the last delivery as it arrived, under its own headers. Unlogged: it can be
-- delivered again. One session fills it, so a cached sequence numbers the rows without a gap.
create or replace function core.create_staging(source text, columns text[], types text[])
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not types <@ array['text', 'jsonb'] then
        raise exception 'staging columns are text or jsonb, not %', types;
    end if;
    execute format('drop table if exists raw.%I', source);
    execute format(
        'create unlogged table raw.%I (_row bigint generated always as identity (cache 10000)%s)',
        source,
        (
            select string_agg(format(', %I %s', c.name, c.type), '' order by c.position)
            from unnest(columns, types) with ordinality as c (name, type, position)
        )
    );
    execute format(
        'comment on table raw.%I is %L',
        source, 'The last delivery of ' || source || ' as it arrived.'
    );
    execute format('grant select, insert on raw.%I to fmw_etl', source);
    execute format('grant select on raw.%I to fmw_admin', source);
end
$$;

comment on function core.create_staging(text, text[], text[]) is
'Makes raw.<source> anew with the columns of a delivery, ready for COPY.';
