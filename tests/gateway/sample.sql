-- A small schema of the shape the gateway knows, with values that break careless code.
do $$
begin
    if not exists (select from pg_catalog.pg_roles as r where r.rolname = 'sample_reader') then
        create role sample_reader;
    end if;
end
$$;
create schema sample;
create function sample.add(integer, integer) returns integer language sql return $1 + $2;

create table sample.source (
    feature_id bigint primary key,
    feature_group text not null,
    feature_name text,
    status text,
    "가격 (원)" numeric,
    since date,
    attributes jsonb,
    verbatim json,
    changed_at timestamptz not null default '2025-01-02 03:04:05+00'
);
insert into sample.source values
    (1, '결제', '환불', '운영', 1000, '2024-01-01', '{"team": {"name": "정산"}, "tags": ["a", "b"]}', E'{"a":\n 1}'),
    (2, '결제', E'a\\b "c", d\ne', '운영', -5, null, '{"team": {"name": "A\\B"}}', null),
    (3, '결제', '=1+1', '중지', null, '2024-02-01', null, E'[1,\r\n2]'),
    (4, 'User Login', '100%_a*', null, 0.5, '2024-03-01', '{}', null),
    (5, 'User Login', null, '중지', null, null, null, null),
    (6, '알림/푸시', '', '운영', 7, '2024-01-01', '{"n": -3}', null);

create materialized view sample.features as select * from sample.source;
create unique index features_key on sample.features (feature_id);
create view sample.groups as
select feature_group, count(*) as features from sample.features group by feature_group;
comment on view sample.groups is 'Groups.
Key: feature_group';
create view sample.aliases as
select * from (values
    ('feature_group', 'ｐａｙ', '결제'),
    ('status', '로그인', '운영'),
    ('feature_group', '로그인', 'User Login')
) as alias (domain, alias, standard);
create view sample.snapshot as
select
    7::bigint as snapshot_version,
    timestamptz '2025-01-02 03:04:00+00' as refreshed_at,
    timestamptz '2025-01-02 03:04:05+00' as checked_at;
create table sample."이상한 이름" ("a.b" text, "select" integer, "row" integer, format text);
insert into sample."이상한 이름" values ('x', 1, 2, 'f'), ('y', 3, 4, 'g');
create view sample.numbers as select n, n % 2 as odd from generate_series(1, 5) as n;
create view sample.slow as select pg_sleep(30)::text as never;
create view sample.fails_late as select 1 / (150000 - n) as x, repeat('x', 50) as pad
from generate_series(1, 200000) as n;
create view sample.endless as
select generate_series(1, 1000000000) as n, repeat('x', 200) as pad;
create materialized view sample.unfilled as select 1 as x with no data;
create table sample.hidden (x integer);
create table sample.big as
select n as id, md5(n::text) as hash, '값 ' || n as "값" from generate_series(1, 100000) as n;
alter table sample.big add primary key (id);
create function sample.label(sample.features) returns text language sql immutable
return $1.feature_group || ': ' || $1.feature_id;
create function sample.neighbours(sample.features) returns bigint language sql stable
return (select count(*) from sample.source as s where s.feature_group = $1.feature_group);
create function sample.features_as_of(moment timestamptz) returns setof sample.features
language sql stable
begin atomic
    select f.* from sample.features as f where f.feature_id <= extract(year from moment) - 2020;
end;
grant usage on schema sample to sample_reader;
grant select on all tables in schema sample to sample_reader;
revoke select on sample.hidden from sample_reader;
analyze;
