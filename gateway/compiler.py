"""From a parsed query to SQL: the one place where statements of requests are made.

Names are looked up in the catalog and quoted, values become literals whose type Postgres infers,
everything is a sqlglot tree until `to_sql`.
"""

from __future__ import annotations

from sqlglot import exp

from gateway import cursors
from gateway.catalog import Relation
from gateway.columns import Columns
from gateway.cursors import Key
from gateway.errors import ApiError
from gateway.formats import Format
from gateway.outputs import Outputs
from gateway.query import Condition, Field, Item, Logic, Query, is_about
from gateway.trees import (
    aliased,
    call,
    cast,
    count_all,
    from_source,
    identifier,
    join,
    literal,
    negate,
    whole_row,
)

FACET_VALUES = 1000
"""Most values a facet lists, the most frequent first."""

FEW = 200
"""Rows that Postgres makes one text of."""

SNAPSHOT_COLUMNS = ("snapshot_version", "refreshed_at", "checked_at")
"""Of the view `snapshot`; the first two tell which it is, the last one moves and takes a while."""
_BINARY: dict[str, type[exp.Expression]] = {
    "eq": exp.EQ,
    "neq": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
    "lt": exp.LT,
    "lte": exp.LTE,
    "like": exp.Like,
    "ilike": exp.ILike,
    "match": exp.RegexpLike,
    "imatch": exp.RegexpILike,
    "isdistinct": exp.NullSafeNEQ,
    "cs": exp.ArrayContainsAll,
    "ov": exp.ArrayOverlaps,
}
_QUANTIFIERS: dict[str, type[exp.Expression]] = {"any": exp.Any, "all": exp.All}
_STATES = {
    "null": exp.null(),
    "true": exp.true(),
    "false": exp.false(),
    "unknown": exp.var("UNKNOWN"),
}


class Compiler:
    """The statements of one query on one relation in one format.

    All of them raise `ApiError` 400 for a name that nobody knows.
    """

    columns: type[Columns] = Columns
    array = "json_build_array"

    def __init__(self, query: Query, relation: Relation, form: Format) -> None:
        self.query = query
        self.relation = relation
        self.form = form
        self._columns = self.columns(relation)
        self._outputs = Outputs(query, self._columns, form)

    def rows(self) -> bytes:
        """Return the COPY of the page's rows, as columns or as the JSON the format wants.

        Few rows of JSON are one text of lines instead: COPY looks at each letter of it again.
        """
        rows = self._page(self._selected())
        if self.form.renders_json:
            line, source = self._line(), aliased(rows)
            if self.query.limit is not None and self.query.limit <= FEW:
                lines = call("string_agg", cast(line, "text"), literal("\n"))
                return self.sql(from_source(exp.Select(expressions=[lines]), source))
            rows = from_source(exp.Select(expressions=[line]), source)
        return b"copy (%b) to stdout with (%b)" % (self.sql(rows), self.form.copy.encode())

    def types(self) -> list[str]:
        """Return the type of each output, by Postgres' name."""
        return self._outputs.types()

    def names(self) -> list[str]:
        """Return the name of each output."""
        return [output.alias for output in self._outputs.expressions()]

    def total(self) -> bytes:
        """Return the count of all rows (or groups) that match, whatever the page."""
        counts = exp.Select(expressions=[count_all()])
        if not self._outputs.is_grouped:
            return self.sql(self._matching(counts))
        return self.sql(from_source(counts, aliased(self._matching(self._selected()))))

    def facets(self) -> bytes:
        """Return one JSON object: column -> [{"value", "count"}], the most frequent first."""
        if self._outputs.is_grouped:
            raise ApiError(400, "PGRST100", "Facets do not go with aggregates")
        names = list(dict.fromkeys(self.query.facets))
        return self.sql(exp.Select(expressions=[self._facets(names)]))

    def snapshot(self) -> bytes:
        """Return the question which snapshot the schema shows, by its view `snapshot`, as JSON."""
        columns = [exp.Column(this=identifier(name)) for name in SNAPSHOT_COLUMNS[:2]]
        table = exp.Table(this=identifier("snapshot"), db=identifier(self.relation.schema))
        row = from_source(exp.Select(expressions=columns), table)
        line = call("row_to_json", whole_row())
        return self.sql(from_source(exp.Select(expressions=[line]), aliased(row)))

    def cursor(self) -> bytes:
        """Return the question for the values of the page's last row, if the page is full."""
        keys, _ = self._keys()
        last = self._page(exp.Select(expressions=[cursors.values_of(keys, self.array)]))
        offset = self.query.offset + (self.query.limit or 1) - 1
        last.set("limit", exp.Limit(expression=exp.Literal.number(1)))
        last.set("offset", exp.Offset(expression=exp.Literal.number(offset)))
        return self.sql(last)

    def order(self) -> str:
        """Return what a cursor of this order is marked with."""
        return self._keys()[1]

    def _keys(self) -> tuple[list[Key], str]:
        keys = [] if self._outputs.is_grouped else list(self._outputs.keys())
        if not keys or not self.relation.key:
            hint = "page with limit and offset"
            raise ApiError(400, "PGRST100", "A cursor needs rows with a unique key", hint=hint)
        return keys, repr([(key.value.sql(), key.descending, key.nulls_first) for key in keys])

    def zone(self, name: str) -> bytes:
        """Return the statement that sets the time zone of texts."""
        return f"set local timezone to {literal(name).sql('postgres')}".encode()

    def sql(self, statement: exp.Select) -> bytes:
        """Return a statement as Postgres reads it."""
        return statement.sql(dialect="postgres", copy=False).encode()

    def _selected(self) -> exp.Select:
        return self._outputs.group(exp.Select(expressions=list(self._outputs.expressions())))

    def _matching(self, select: exp.Select, *, without: str | None = None) -> exp.Select:
        terms = [self._term(term) for term in self.query.where if not is_about(term, without)]
        if self.query.search and not self._is_found:
            terms.append(self._search())
        if terms:
            select.set("where", exp.Where(this=join(exp.And, terms)))
        return from_source(select, self._source())

    def _source(self) -> exp.Table:
        """Return where the rows are: the relation, or a function that returns some of them."""
        name = identifier(self.relation.name)
        if self._is_found:
            rows = call(self.relation.search, literal(self.query.search))
        elif not self.query.as_of:
            return exp.Table(this=name, db=identifier(self.relation.schema))
        elif not self.relation.past:
            raise ApiError(400, "PGRST100", f'The past of "{self.relation.name}" is not known')
        else:
            rows = call(self.relation.past, literal(self.query.as_of))
        # by the search path, which is the schema
        return exp.Table(this=rows, alias=exp.TableAlias(this=name))

    @property
    def _is_found(self) -> bool:
        """Whether a function of the schema finds what is searched for."""
        return bool(self.query.search and self.relation.search and not self.query.as_of)

    def _page(self, select: exp.Select) -> exp.Select:
        self._matching(select)
        if self.query.cursor:
            keys, order_ = self._keys()
            values = cursors.read(self.query.cursor, order_, len(keys))
            select.where(cursors.behind(keys, values), copy=False)
        if order := list(self._outputs.order()):
            select.set("order", exp.Order(expressions=order))
        if self.query.limit is not None:
            select.set("limit", exp.Limit(expression=exp.Literal.number(self.query.limit)))
        if self.query.offset:
            select.set("offset", exp.Offset(expression=exp.Literal.number(self.query.offset)))
        return select

    def _line(self) -> exp.Expression:
        """Return a row as one line of JSON."""
        line: exp.Expression = call("row_to_json", whole_row())
        if self.form.strips_nulls:
            line = call("json_strip_nulls", line)
        if any(map(self._may_break_lines, self._outputs.items)):
            line = call("translate", cast(line, "text"), literal("\n\r"), literal("  "))
        return line

    def _may_break_lines(self, item: Item) -> bool:
        if "json" in (item.cast, item.result_cast):
            return True
        return item.field is not None and self._columns.column(item.field).may_break_lines

    def _term(self, term: Condition | Logic) -> exp.Expression:
        if isinstance(term, Condition):
            found = self._condition(term)
        else:
            kind = exp.Or if term.either else exp.And
            found = exp.Paren(this=join(kind, [self._term(part) for part in term.terms]))
        return negate(found) if term.negated else found

    def _condition(self, condition: Condition) -> exp.Expression:
        left = self._columns.value(condition.field)
        operator, value = condition.operator, condition.value
        if isinstance(value, tuple):
            values = [literal(part) for part in value]
            return exp.In(this=left, expressions=values) if values else exp.false()
        if operator == "is":
            if value == "not_null":
                return negate(exp.Is(this=left, expression=exp.null()))
            return exp.Is(this=left, expression=_STATES[value].copy())
        if operator in ("like", "ilike"):
            value = value.replace("*", "%")
        right: exp.Expression = literal(value)
        if operator == "cd":  # of the arrows on its right side Postgres knows the end only so
            return exp.ArrayContainsAll(this=right, expression=exp.Paren(this=left))
        if condition.quantifier:
            right = _QUANTIFIERS[condition.quantifier](this=exp.Paren(this=right))
        return _BINARY[operator](this=left, expression=right)

    def _search(self) -> exp.Expression:
        """Return the condition that each word is in one of the texts, in any case."""
        columns = self.relation.columns.values()
        names = self.relation.searched or [one.name for one in columns if one.category == "S"]
        if not names:
            raise ApiError(400, "PGRST100", f'"{self.relation.name}" has no text column to search')
        texts = [call("coalesce", self._columns.reference(name), literal("")) for name in names]
        text = call("lower", call("concat_ws", literal("\n"), *texts))
        found: list[exp.Expression] = [
            exp.GT(
                this=call("strpos", text.copy(), call("lower", literal(word))),
                expression=exp.Literal.number(0),
            )
            for word in self.query.search.split()
        ]
        return exp.Paren(this=join(exp.And, found))

    def _facets(self, names: list[str]) -> exp.Expression:
        pairs: list[exp.Expression] = []
        for name in names:
            line = call("json_agg", call("row_to_json", whole_row()))
            line = call("coalesce", line, literal("[]"))
            counts = from_source(exp.Select(expressions=[line]), aliased(self._facet(name)))
            pairs += (literal(name), exp.Subquery(this=counts))
        return call("json_build_object", *pairs)

    def _facet(self, name: str) -> exp.Select:
        value = self._columns.value(Field(column=name))
        outputs = [
            exp.Alias(this=value, alias=identifier("value")),
            exp.Alias(this=count_all(), alias=identifier("count")),
        ]
        counts = self._matching(exp.Select(expressions=outputs), without=name)
        counts.set("group", exp.Group(expressions=[value.copy()]))
        order = [
            exp.Ordered(this=count_all(), desc=True, nulls_first=True),
            exp.Ordered(this=value.copy(), nulls_first=False),
        ]
        counts.set("order", exp.Order(expressions=order))
        counts.set("limit", exp.Limit(expression=exp.Literal.number(FACET_VALUES)))
        return counts
