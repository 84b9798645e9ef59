"""Orders: expressions that are never null, so that a page can begin after any row."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, String, Table, and_, bindparam, false, or_, tuple_

from loaders.selection import attribute, primary_keys
from models.base import Base, alphabetical, caseless, never_null
from models.errors import Invalid

ORDER_LIMIT = 10


@dataclass(frozen=True)
class OrderTerm:
    """One step of an order: an attribute and its direction."""

    column: str
    descending: bool = False


@lru_cache(500)
def _total(model: type[Base], terms: tuple[OrderTerm, ...]) -> tuple[OrderTerm, ...]:
    kept: list[OrderTerm] = []
    missing = set(primary_keys(model))
    for term in terms:
        if missing and term.column not in {each.column for each in kept}:
            kept.append(term)
            missing.discard(term.column)
    descending = kept[-1].descending if kept else False
    return (*kept, *(OrderTerm(key, descending) for key in primary_keys(model) if key in missing))


def total_order(model: type[Base], terms: Sequence[OrderTerm]) -> tuple[OrderTerm, ...]:
    """The order wanted, ended by the primary key in the last direction; what comes after a whole key would never matter.

    Raises Invalid for more terms than ORDER_LIMIT.
    """
    if len(terms) > ORDER_LIMIT:
        raise Invalid(f"orderBy has {len(terms):,} terms; give at most {ORDER_LIMIT}.", field=("orderBy",))
    return _total(model, tuple(terms))


def order_expression(model: type[Base], term: OrderTerm) -> ColumnElement[Any]:
    """What rows are sorted by: names as in an alphabet, other texts without regard to case, missing times and amounts first."""
    column = attribute(model, term.column)
    if is_name(column):
        return alphabetical(column)
    if isinstance(column.type, String) and not column.primary_key and not _is_code(column):
        return caseless(column)
    filled = never_null(column)
    return column.expression if filled is None else filled


def is_name(column: Any) -> bool:
    """Whether a text is what people call something or somebody."""
    return bool(getattr(column, "info", {}).get("alphabetical"))


def by_column(model: type[Base], name: str) -> list[ColumnElement[Any]]:
    """The ORDER BY of all rows of a small table by one column, which the primary key ends."""
    first, *rest = [attribute(model, each) for each in (name, *primary_keys(model))]
    return [alphabetical(first) if is_name(first) else first.expression, *(each.expression for each in rest)]


def _is_code(column: Any) -> bool:
    """Whether a text has an index of its own, as numbers of accounts do: those are sorted as they are."""
    return bool(column.unique)


def sorting(model: type[Base], order: Sequence[OrderTerm], *, reverse: bool) -> list[ColumnElement[Any]]:
    """The ORDER BY of an order, or of its reverse."""
    return [order_expression(model, term).desc() if term.descending != reverse else order_expression(model, term).asc() for term in order]


def beyond(model: type[Base], order: Sequence[OrderTerm], values: Sequence[Any], *, reverse: bool) -> ColumnElement[bool]:
    """The condition that a row comes after the values in an order, or before them with `reverse`."""
    expressions = [order_expression(model, term) for term in order]
    bound = [bindparam(None, value, type_=expression.type) for expression, value in zip(expressions, values, strict=True)]
    down = [term.descending != reverse for term in order]
    if len(set(down)) == 1:
        # A comparison of rows is what an index can begin at.
        rows = tuple_(*expressions) < tuple_(*bound) if down[0] else tuple_(*expressions) > tuple_(*bound)
        if isinstance(model.__table__, Table):
            return rows
        # Said alone, the first term also reaches into a subquery. Where it need not, it would make PostgreSQL expect fewer rows than
        # there are, and plan anew for each cursor.
        return and_(expressions[0] <= bound[0] if down[0] else expressions[0] >= bound[0], rows)
    steps = []
    for place, expression in enumerate(expressions):
        same = [expressions[before] == bound[before] for before in range(place)]
        steps.append(and_(*same, expression < bound[place] if down[place] else expression > bound[place]))
    return or_(false(), *steps)
