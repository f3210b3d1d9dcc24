"""The columns of a relation as SQL: by name, and by the way into their JSON."""

from __future__ import annotations

from sqlglot import exp

from gateway.catalog import Column, Relation, unknown_column
from gateway.query import Field
from gateway.trees import call, identifier, literal


class Columns:
    """What the names of a request mean in one relation."""

    def __init__(self, relation: Relation) -> None:
        """Take the relation as the catalog knows it."""
        self.relation = relation

    def column(self, field: Field) -> Column:
        """Return what the catalog knows of it; raises `ApiError` for one that nobody knows."""
        found = self.relation.column(field.column)
        if found is None:
            raise unknown_column(self.relation, field.column)
        return found

    def value(self, field: Field) -> exp.Expression:
        """Return a column, or what is at a place of its JSON."""
        column = self.column(field)
        value: exp.Expression = self.reference(column.name)
        if field.keys and not column.is_json:
            value = call("to_jsonb", value)
        for number, key in enumerate(field.keys, start=1):
            last = number == len(field.keys)
            arrow = exp.JSONExtractScalar if last and field.as_text else exp.JSONExtract
            step = exp.Literal.number(key) if isinstance(key, int) else literal(key)
            value = arrow(this=value, expression=step, only_json_types=True)
        return value

    def reference(self, name: str) -> exp.Column:
        """Return a column by its name."""
        # qualified, so that ORDER BY means the column and never an output of the same name
        return exp.Column(this=identifier(name), table=identifier(self.relation.name))
