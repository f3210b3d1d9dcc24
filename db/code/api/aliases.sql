create or replace view api.aliases as
select
    m.domain,
    m.alias,
    m.standard
from core.name_map as m;

comment on view api.aliases is
'Other names that sources and people use, and the standard name of each.
Key: domain, alias';
comment on column api.aliases.domain is
'Where it holds: kind, feature_group, environment, status or owner.';
comment on column api.aliases.alias is 'As it was entered; it is found in any case and width.';
