"""Levels of a planned operation: the columns of a table and of rows joined to it, as one statement for all parents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, ColumnElement, FromClause, Select, Text, any_, bindparam, cast, func, lateral, literal_column, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.selectable import Subquery

from loaders.kinds import Kind, kind_of
from loaders.pages import Listing, Page, cut, filtered, marks, sorting_marks
from loaders.relations import Relation
from loaders.selection import attribute, primary_keys
from loaders.templates import Slot
from models.access import Viewer, over_values, visible

# The keys of parents, as an array.
Keys: TypeAlias = ColumnElement[Any]


@dataclass
class Ref:
    """A column that a level needs: `text` as PostgreSQL's text.

    `shown` ones are in its rows, at the place `index`, which is known when the level is closed; others only join.
    """

    name: str
    text: bool = False
    shown: bool = False
    index: int = -1

    def of(self, model: Any) -> ColumnElement[Any]:
        column = attribute(model, self.name)
        if not self.text:
            return column.label(f"c{self.index}")
        wanted: Any = ARRAY(Text) if kind_of(column) is Kind.DECIMALS else Text
        return cast(column, wanted).label(f"c{self.index}")


@dataclass
class Source:
    """A table of a level: the one whose rows it lists, or one that each row belongs to and that is joined in."""

    model: Any
    relation: Relation | None = None
    refs: dict[tuple[str, bool], Ref] = field(default_factory=dict)
    joins: dict[str, "Source"] = field(default_factory=dict)
    # Whether the rows of its pages bear what their cursors are made of.
    is_marked: bool = False

    def ref(self, name: str, *, text: bool = False) -> Ref:
        """A column for the level's rows."""
        found = self.joining(name, text=text)
        found.shown = True
        return found

    def joining(self, name: str, *, text: bool = False) -> Ref:
        """A column, to be compared."""
        return self.refs.setdefault((name, text), Ref(name, text))

    def join(self, relation: Relation) -> "Source":
        """The row that this one belongs to; its own key tells whether there is one."""
        self.joining(relation.local)
        joined = self.joins.setdefault(relation.name, Source(relation.target, relation))
        joined.joining(relation.remote_name)
        return joined

    def close(self, first: int) -> int:
        """Gives each column of the rows its place, from a number on, and the others numbers behind; answers the first of those."""
        shown = [ref for ref in self.all_refs() if ref.shown]
        for place, ref in enumerate([*shown, *(ref for ref in self.all_refs() if not ref.shown)], first):
            ref.index = place
        return first + len(shown)

    def all_refs(self) -> Iterator[Ref]:
        yield from self.refs.values()
        for joined in self.joins.values():
            yield from joined.all_refs()

    def columns(self) -> list[ColumnElement[Any]]:
        return [ref.of(self.model) for ref in self.refs.values()]

    def models(self) -> Iterator[Any]:
        yield self.model
        for joined in self.joins.values():
            yield from joined.models()


def page_level(viewer: Viewer, source: Source, listing: Listing, wanted: Page) -> Select[Any]:
    """A page of a list without parents: the level's columns, then the marks of its order if it is marked."""
    if not source.joins:
        return cut(viewer, listing, [*source.columns(), *(marks(listing, wanted) if source.is_marked else [])], wanted)
    base = cut(viewer, listing, [*source.columns(), *marks(listing, wanted)], wanted).subquery("base")
    last = _marks_of(base, wanted) if source.is_marked else []
    return _joined(viewer, source, base, over_values(base), last).order_by(*sorting_marks(wanted, base))


def counted_page_level(viewer: Viewer, source: Source, listing: Listing, wanted: Page) -> Select[Any]:
    """A marked page, and behind each row the number of rows of the whole list; an empty page is that number alone."""
    page = page_level(viewer, source, listing, wanted).subquery("page")
    total = count_level(viewer, listing, wanted).subquery("total")
    return over_values(total, *page.c, *total.c).outerjoin(page, true()).order_by(*sorting_marks(wanted, page))


def pages_level(viewer: Viewer, source: Source, listing: Listing, wanted: Page, keys: Keys) -> Select[Any]:
    """The page of each parent: its key, the level's columns, the marks if it is marked."""
    child = lateral(cut(viewer, listing, [*source.columns(), *marks(listing, wanted)], wanted), name="child")
    statement = _parents(keys).add_columns(literal_column("parent.key").label("_parent"))
    last = _marks_of(child, wanted) if source.is_marked else []
    return _joined(viewer, source, child, statement, last).order_by(*sorting_marks(wanted, child))


def counts_level(viewer: Viewer, listing: Listing, wanted: Page, keys: Keys) -> Select[Any]:
    """The number of rows of each parent: its key and the number."""
    child = lateral(filtered(viewer, listing, [func.count().label("_count")], wanted.filter), name="child")
    return _parents(keys).add_columns(literal_column("parent.key"), child.c["_count"]).join(child, true())


def count_level(viewer: Viewer, listing: Listing, wanted: Page) -> Select[Any]:
    return filtered(viewer, listing, [func.count().label("_count")], wanted.filter)


def lists_level(viewer: Viewer, source: Source, relation: Relation, keys: Keys) -> Select[Any]:
    """All rows that belong to each parent: its key, then the level's columns."""
    order = [*relation.order, *(attribute(source.model, name) for name in primary_keys(source.model))]
    statement = relation.select(viewer, relation.remote.label("_parent"), *source.columns()).where(relation.remote == any_(keys))
    return _ordered(viewer, source, statement, order, lead=["_parent"])


def row_level(viewer: Viewer, source: Source, column: str, below: Sequence[Select[Any]]) -> Select[Any]:
    """The row whose column has the value of `key`: the level's columns, then what each of further statements finds for it."""
    statement = visible(source.model, viewer, *source.columns()).where(attribute(source.model, column) == Slot("key"))
    statement = _ordered(viewer, source, statement, [], lead=[])
    if not below:
        return statement
    single = statement.subquery("single")
    return over_values(single, *single.c, *(as_value(each) for each in below))


def as_value(statement: Select[Any]) -> ColumnElement[Any]:
    """The rows of a statement, in their order, as one value: an array of records."""
    records = statement.with_only_columns(func.row(*statement.selected_columns))
    return func.array(records.scalar_subquery())


def keys_given(relation: Relation) -> Keys:
    """The parents whose keys are in `keys`."""
    return bindparam("keys", Slot("keys"), type_=ARRAY(relation.remote.type))


def key_of_row(relation: Relation, ref: Ref) -> Keys:
    """The parent that is the row of the statement around, by one of its columns."""
    return array([literal_column(f"single.c{ref.index}", relation.remote.type)])


def rows_level(viewer: Viewer, source: Source, column: str) -> Select[Any]:
    """The rows whose column has one of the values of `keys`."""
    found = attribute(source.model, column)
    statement = visible(source.model, viewer, found.label("_parent"), *source.columns())
    statement = statement.where(found == any_(bindparam("keys", Slot("keys"), type_=ARRAY(found.type))))
    return _ordered(viewer, source, statement, [], lead=["_parent"])


def bounded_level(viewer: Viewer, source: Source, order: str, flags: list[str]) -> Select[Any]:
    """All rows of a small table whose flags have the values of `flags`."""
    statement = visible(source.model, viewer, *source.columns())
    for name in flags:
        statement = statement.where(attribute(source.model, name) == Slot("flags", name))
    keys = [attribute(source.model, name) for name in primary_keys(source.model)]
    return _ordered(viewer, source, statement, [attribute(source.model, order), *keys], lead=[])


def _parents(keys: Keys) -> Select[Any]:
    return over_values(func.unnest(keys).table_valued("key").render_derived(name="parent"))


def _ordered(viewer: Viewer, source: Source, statement: Select[Any], order: list[Any], lead: list[str]) -> Select[Any]:
    """A statement in an order, which joins would lose."""
    if not source.joins:
        return statement.order_by(*order) if order else statement
    if order:
        statement = statement.add_columns(func.row_number().over(order_by=order).label("_place"))
    base = statement.subquery("base")
    joined = _joined(viewer, source, base, over_values(base, *(base.c[name] for name in lead)), [])
    return joined.order_by(base.c["_place"]) if order else joined


def _joined(viewer: Viewer, source: Source, base: FromClause, statement: Select[Any], last: list[Any]) -> Select[Any]:
    """A statement with the columns of a level's own rows, of the rows they belong to, and some more."""
    columns = [base.c[f"c{ref.index}"] for ref in source.refs.values() if ref.shown]
    joins: list[tuple[FromClause, Any]] = []
    _collect(viewer, source, base, columns, joins)
    statement = statement.add_columns(*columns, *last)
    if not isinstance(base, Subquery):
        statement = statement.join(base, true())
    for joined, condition in joins:
        statement = statement.outerjoin(joined, condition)
    return statement


def _collect(viewer: Viewer, source: Source, outer: FromClause, columns: list[Any], joins: list[tuple[FromClause, Any]]) -> None:
    for each in source.joins.values():
        relation = each.relation
        if relation is None:
            continue
        local = outer.c[f"c{source.joining(relation.local).index}"]
        statement = relation.select(viewer, *each.columns())
        joined: FromClause
        if relation.order:
            joined = (
                statement.where(relation.remote == local).order_by(*relation.order).limit(literal_column("1")).lateral(f"j{len(joins)}")
            )
            condition: Any = true()
        else:
            joined = statement.subquery(f"j{len(joins)}")
            condition = joined.c[f"c{each.joining(relation.remote_name).index}"] == local
        joins.append((joined, condition))
        columns.extend(joined.c[f"c{ref.index}"] for ref in each.refs.values() if ref.shown)
        _collect(viewer, each, joined, columns, joins)


def _marks_of(base: FromClause, wanted: Page) -> list[Any]:
    return [base.c[f"_mark{place}"] for place in range(len(wanted.order))]
