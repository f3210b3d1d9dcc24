create or replace function core.korean_day(moment timestamptz) returns date
language sql stable parallel safe
return (moment at time zone 'Asia/Seoul')::date;

comment on function core.korean_day(timestamptz) is
'The day of a moment in Asia/Seoul, the day all reports count by.';
