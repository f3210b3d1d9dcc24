-- True where core.clean and core.clean_text would change nothing, found by one regular expression.
-- Values joined by single spaces are clean if each of them is: an empty one, or one that begins or
-- ends with a space, makes a double space.
create or replace function core.is_clean(value text) returns boolean
language sql immutable parallel safe
return value !~ '[^!-~가-힣 ]|  |^ | $|^$';

comment on function core.is_clean(text) is
'Whether a text is surely clean already; false means: see what core.clean makes of it.';
