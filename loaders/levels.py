"""The statements of a planned operation's levels, each for all parents at once.

Their columns are the level's by their places (`c7`), the parent's key before them (`_parent`), the marks of an order behind them
(`_mark0`), and for levels that are read together with others a number (`_n`) that tells the order.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, func, lateral, literal_column, true
from sqlalchemy.sql.selectable import Subquery

from loaders.keys import is_one_of
from loaders.orders import by_column
from loaders.pages import Listing, Page, cut, filtered, marks, number_of_rows, sorting_marks
from loaders.reading import MOST_ROWS
from loaders.relations import Relation
from loaders.selection import attribute, primary_keys
from loaders.sources import Ref, Source
from loaders.templates import Slot
from models.access import Viewer, over_values, visible

# Of a list without pages no more is read than shows that it is too long.
ENOUGH = literal_column(str(MOST_ROWS + 1), BigInteger())


@dataclass(frozen=True)
class Above:
    """The parents of a level: rows of the level above, by one of its columns; of a page those that are shown."""

    rows: FromClause
    ref: Ref
    size: int | Slot | None = None

    def keys(self) -> Select[Any]:
        key = self.rows.c[f"c{self.ref.index}"]
        statement = over_values(self.rows, key.label("key")).where(key.is_not(None)).distinct()
        return statement if self.size is None else statement.where(self.rows.c["_n"] <= number_of_rows(self.size))


def page(viewer: Viewer, source: Source, listing: Listing, wanted: Page, *, numbered: bool) -> Select[Any]:
    """A page of a list without parents; in its order, or numbered."""
    if not source.joins and not numbered:
        return cut(viewer, listing, [*source.columns(), *(marks(listing, wanted) if source.is_marked else [])], wanted)
    base = cut(viewer, listing, [*source.columns(), *marks(listing, wanted)], wanted).subquery("base")
    order = sorting_marks(wanted, base)
    if numbered:
        return _joined(viewer, source, base, over_values(base), [*_marks_of(base, wanted), _number(order)])
    return _joined(viewer, source, base, over_values(base), _marks_of(base, wanted) if source.is_marked else []).order_by(*order)


def pages(viewer: Viewer, source: Source, listing: Listing, wanted: Page, above: Above) -> Select[Any]:
    """The page of each parent, numbered."""
    child = lateral(cut(viewer, listing, [*source.columns(), *marks(listing, wanted)], wanted), name="child")
    statement = _parents(above).add_columns(literal_column("parent.key").label("_parent"))
    return _joined(viewer, source, child, statement, [*_marks_of(child, wanted), _number(sorting_marks(wanted, child))])


def count(viewer: Viewer, listing: Listing, wanted: Page) -> Select[Any]:
    """The number of rows of a list without parents."""
    return filtered(viewer, listing, [func.count().label("_count")], wanted.filter)


def counts(viewer: Viewer, listing: Listing, wanted: Page, above: Above) -> Select[Any]:
    """The number of rows of each parent."""
    child = lateral(filtered(viewer, listing, [func.count().label("_count")], wanted.filter), name="child")
    return _parents(above).add_columns(literal_column("parent.key").label("_parent"), child.c["_count"]).join(child, true())


def lists(viewer: Viewer, source: Source, relation: Relation, above: Above) -> Select[Any]:
    """All rows that belong to each parent, numbered."""
    order = [*relation.order, *(attribute(source.model, name) for name in primary_keys(source.model))]
    statement = relation.select(viewer, relation.remote.label("_parent"), *source.columns(), _number(order))
    return _whole(viewer, source, statement.where(relation.remote.in_(above.keys())).limit(ENOUGH), "_parent", "_n")


def row(viewer: Viewer, source: Source, column: str, path: str) -> Select[Any]:
    """The row whose column has the value of `key`; numbered, as it is the only one."""
    statement = visible(source.model, viewer, *source.columns(), literal_column("1").label("_n"))
    return _whole(viewer, source, statement.where(attribute(source.model, column) == Slot(path, "key")), "_n")


def rows(viewer: Viewer, source: Source, column: str, path: str) -> Select[Any]:
    """The rows whose column has one of the values of `keys`, which stands in the place of a parent's key; numbered in no order."""
    found = attribute(source.model, column)
    statement = visible(source.model, viewer, found.label("_parent"), *source.columns(), literal_column("1").label("_n"))
    wanted = is_one_of(source.model, column, Slot(path, "keys"))
    return _whole(viewer, source, statement.where(wanted), "_parent", "_n")


def bounded(viewer: Viewer, source: Source, order: str, flags: list[str], path: str) -> Select[Any]:
    """All rows of a small table whose flags have the values of `flags`, numbered."""
    statement = visible(source.model, viewer, *source.columns(), _number(by_column(source.model, order)))
    for name in flags:
        statement = statement.where(attribute(source.model, name) == Slot(path, "flags", name))
    return _whole(viewer, source, statement.limit(ENOUGH), "_n")


def _number(order: list[Any]) -> ColumnElement[Any]:
    return func.row_number().over(order_by=order).label("_n")


def _parents(above: Above) -> Select[Any]:
    return over_values(above.keys().subquery("parent"))


def _whole(viewer: Viewer, source: Source, statement: Select[Any], *named: str) -> Select[Any]:
    """A statement of a level's own rows, with the rows they belong to."""
    if not source.joins:
        return statement
    base = statement.subquery("base")
    return _joined(viewer, source, base, over_values(base), [base.c[name] for name in named])


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
