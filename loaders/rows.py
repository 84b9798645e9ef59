"""Rows by a key, one statement for all keys of a batch: single rows, and plain lists."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam
from sqlalchemy.dialects.postgresql import distinct_on

from loaders.keys import is_one_of
from loaders.orders import by_column
from loaders.reading import MOST_ROWS, BatchLoader, Reads
from loaders.relations import Relation
from loaders.selection import Selection, attribute, primary_keys
from models.access import visible

Record = dict[str, Any]


def rows_by(reads: Reads, selection: Selection, column: str, order: tuple[ColumnElement[Any], ...] = ()) -> BatchLoader:
    """Loads the row whose column has a value, or None; with an order, there may be several, and the first is taken."""

    async def batch(keys: list[Any]) -> list[Record | None]:
        key = attribute(selection.model, column)
        statement = visible(selection.model, reads.viewer, key.label("_key"), *selection.expressions())
        statement = statement.where(is_one_of(selection.model, column, keys))
        if order:
            statement = statement.ext(distinct_on(key)).order_by(key, *order)
        found = {row._mapping["_key"]: selection.record(row) for row in await reads.rows(statement)}
        return [found.get(key) for key in keys]

    return reads.loader(("rows", selection, column, order), batch)


def lists_of(reads: Reads, selection: Selection, relation: Relation) -> BatchLoader:
    """Loads all rows that belong to a parent, in the relation's order."""

    async def batch(keys: list[Any]) -> list[list[Record]]:
        statement = (
            relation.select(reads.viewer, relation.remote.label("_key"), *selection.expressions())
            .where(relation.remote == any_(bindparam("keys", keys, type_=ARRAY(relation.remote.type))))
            .order_by(*relation.order, *_keys(selection))
            .limit(MOST_ROWS + 1)
        )
        found: defaultdict[Any, list[Record]] = defaultdict(list)
        for row in await reads.rows(statement):
            found[row._mapping["_key"]].append(selection.record(row))
        return [found[key] for key in keys]

    return reads.loader(("lists", selection, relation.name), batch)


async def listing(reads: Reads, selection: Selection, order: str, equals: Record) -> list[Record]:
    """All rows of a bounded table whose columns have the given values, in the order of a column."""
    statement = visible(selection.model, reads.viewer, *selection.expressions())
    for name, value in equals.items():
        statement = statement.where(attribute(selection.model, name) == value)
    rows = await reads.rows(statement.order_by(*by_column(selection.model, order)).limit(MOST_ROWS + 1))
    return [selection.record(row) for row in rows]


def _keys(selection: Selection) -> list[ColumnElement[Any]]:
    return [attribute(selection.model, name).expression for name in primary_keys(selection.model)]
