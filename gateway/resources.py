"""From a path to what it names."""

from __future__ import annotations

import difflib
import unicodedata

import msgspec

from gateway.catalog import Catalog, Relation
from gateway.errors import ApiError, no_path, not_allowed
from gateway.formats import FORMATS
from gateway.query import Condition, equals

QUERY = "/query"
"""End of a path to which long queries are posted."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What a path names: a relation, or the rows of one feature group."""

    name: str
    relation: Relation
    where: tuple[Condition, ...] = ()
    format: str | None = None
    """Said by the end of its name, such as `.csv`."""


def find(catalog: Catalog, name: str) -> Resource | None:
    """Return what `name` means: a relation, `all` for features, or a feature group."""
    name = unicodedata.normalize("NFC", name)
    if relation := catalog.relations.get(name):
        return Resource(name=name, relation=relation)
    features = catalog.relations.get("features")
    if features and name == "all":
        return Resource(name=name, relation=features)
    group = catalog.group(name)
    if features and group:
        return Resource(name=group, relation=features, where=(equals("feature_group", group),))
    return None


def existing(catalog: Catalog, name: str) -> Resource:
    """Return what `name` means; raises `ApiError` 404 for what nobody knows."""
    resource = find(catalog, name)
    base, _, form = name.rpartition(".")
    if resource is None and form in FORMATS and (found := find(catalog, base)):
        resource = msgspec.structs.replace(found, format=form)
    if resource is None and name.endswith(QUERY) and find(catalog, name.removesuffix(QUERY)):
        raise not_allowed("GET", ("POST",))
    if resource is None and "/" in name:
        raise no_path()
    if resource is None:
        near = _near(catalog, base if form in FORMATS else name)
        message = f"Could not find '{catalog.schema}.{name}' in the schema cache"
        hint = f"Perhaps you meant '{near}'" if near else None
        raise ApiError(404, "PGRST205", message, hint=hint)
    return resource


def _near(catalog: Catalog, name: str) -> str | None:
    """Return the name that looks most like `name`, of all that `find` knows."""
    is_all = difflib.get_close_matches(name.casefold(), ["all"]) and find(catalog, "all")
    return catalog.near(name) or ("all" if is_all else None)
