"""Filters of an address as the gateway's parameters, for what the server asks by itself.

`static/api.js` (filterParams) does the same in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from starlette.datastructures import QueryParams

_PLAIN = re.compile(r"""[^,()"\\:.{}\s]+""")


def filters_of(query: QueryParams, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield a parameter for each filter of `names`; an empty value stands for a missing one."""
    for name in names:
        values = query.getlist(name)
        known = ",".join(map(quoted, filter(None, values)))
        if known and "" in values:
            yield "or", f"({name}.is.null,{name}.in.({known}))"
        elif known:
            yield name, f"in.({known})"
        elif values:
            yield name, "is.null"


def quoted(value: str) -> str:
    """Return a value as it stands in lists and groups of conditions, in quotes if it needs them."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
