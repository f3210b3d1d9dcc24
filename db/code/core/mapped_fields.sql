create or replace function core.mapped_fields()
returns table (name text, "position" integer, standardised boolean, default_value text)
language sql immutable
begin atomic
    select
        f.name,
        f.position,
        f.standardised,
        f.default_value
    from (
        values
        ('kind', 1, true, 'feature'),
        ('feature_group', 2, true, null),
        ('feature_name', 3, false, null),
        ('environment', 4, true, 'all'),
        ('status', 5, true, 'unknown'),
        ('owner', 6, true, null),
        ('since', 7, false, null),
        ('until', 8, false, null),
        ('default_value', 9, false, null),
        ('title', 10, false, null),
        ('description', 11, false, null),
        ('url', 12, false, null),
        ('source_ref', 13, false, null)
    ) as f (name, position, standardised, default_value);
end;

comment on function core.mapped_fields() is
'The fields a source may map, whether the name map standardises them, and what an empty value '
'becomes.';
