-- Dates as people and Excel write them. Ambiguous is unreadable: 24.01.15 could be three days.
-- A leading ≤ (on or before) and its like stay; a time zone becomes UTC; 45306 is Excel's serial.
create or replace function core.iso_date(written text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
    v_text text := btrim(core.clean(normalize(written, nfkc)));
    v_sign text := coalesce(substring(v_text from '^([≤≥<>=~]+)'), '');
    v_months text[] := array[
        'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'
    ];
    v_parts text[];
    v_day date;
    v_hour integer;
    v_moment timestamp;
begin
    v_text := btrim(substr(v_text, length(v_sign) + 1));
    if v_text is null or lower(v_text) in ('', '-', '미정', '상시', '없음', 'n/a', 'tbd') then
        return '';
    elsif v_text ~ '^\d{5}(\.\d+)?$' then
        -- Seconds are as fine as Excel shows; a day's fraction is not exact.
        v_moment := date_trunc(
            'second', timestamp '1899-12-30' + v_text::numeric * interval '1 day'
            + interval '0.5 second'
        );
        return v_sign || core.iso_moment(v_moment);
    elsif v_text ~ '^\d{8}$' then
        v_text := substr(v_text, 1, 4) || '-' || substr(v_text, 5, 2) || '-' || substr(v_text, 7);
    end if;
    v_parts := regexp_match(
        lower(v_text),
        '^(?:(\d{4}) ?[-./년] ?(\d{1,2}) ?[-./월] ?(\d{1,2}) ?[.일]?|(\d{1,2})-([a-z]{3})-(\d{4}))'
        '(?: ?\([월화수목금토일]\))?'
        '(?:(?:t| )?(오전|오후|am|pm)? ?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?'
        ' ?(am|pm)? ?(z|[+-]\d{2}(?::?\d{2})?)?)?$'
    );
    if v_parts is null then
        return null;
    end if;
    v_day := make_date(
        coalesce(v_parts[1], v_parts[6])::integer,
        coalesce(v_parts[2]::integer, array_position(v_months, v_parts[5])),
        coalesce(v_parts[3], v_parts[4])::integer
    );
    v_hour := v_parts[8]::integer;
    if coalesce(v_parts[7], v_parts[11]) is not null then
        if v_hour not between 1 and 12 then
            return null;
        end if;
        v_hour := v_hour % 12
            + case when coalesce(v_parts[7], v_parts[11]) in ('오후', 'pm') then 12 else 0 end;
    end if;
    v_moment := v_day + make_time(
        coalesce(v_hour, 0), coalesce(v_parts[9]::integer, 0), coalesce(v_parts[10]::integer, 0)
    );
    if v_parts[12] is null then
        return v_sign || core.iso_moment(v_moment);
    end if;
    return v_sign
        || to_char(
            (v_moment::text || v_parts[12])::timestamptz at time zone 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS"Z"'
        );
exception when datetime_field_overflow or null_value_not_allowed or invalid_datetime_format then
    return null;
end
$$;

comment on function core.iso_date(text) is
'A written date as ISO 8601, a date alone unless a time is given; empty where none is meant, null '
'where it cannot be told which.';
