"""Which tables are configuration, how one is read whole, what its rows are made of, and which of its columns find one row."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column, Index, Table, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import visitors

from loaders.rows import Record
from loaders.selection import Selection, attribute, primary_key, primary_keys
from models.access import SYSTEM, visible
from models.base import Base

# A table with more rows than this is not held.
LIMIT = 10_000
PART = 500

Rows: TypeAlias = Mapping[Any, Record]


def configuration_models() -> list[type[Base]]:
    """The models marked as configuration, by the names of their tables."""
    marked = {mapper.class_ for mapper in Base.registry.mappers if mapper.class_.configuration}
    return sorted(marked, key=lambda model: str(model.__tablename__))


async def rows_of(connection: AsyncConnection, selection: Selection) -> Rows | None:
    """All rows of a table by primary key and in its order, as one statement sees them; None when they are too many."""
    key = primary_key(selection.model)
    statement = visible(selection.model, SYSTEM, *selection.expressions()).order_by(attribute(selection.model, key)).limit(LIMIT + 1)
    rows: dict[Any, Record] = {}
    for part in (await connection.execute(statement)).partitions(PART):
        for row in part:
            record = dict(zip(selection.columns, row, strict=True))
            rows[record[key]] = record
        # Thousands of rows at a stretch would hold up everybody else's answers.
        await asyncio.sleep(0)
    return rows if len(rows) <= LIMIT else None


def readers_of(models: Iterable[type[Base]]) -> dict[str, list[type[Base]]]:
    """The models to read again when a table has changed: its own, and those with expressions that read it.

    Raises TypeError for an expression that reads a table whose changes nobody announces.
    """
    readers = {str(model.__tablename__): [model] for model in models}
    for model in [own for (own,) in readers.values()]:
        for name in tables_read_by(model) - {str(model.__tablename__)}:
            if name not in readers:
                raise TypeError(f"{model.__name__} is configuration and reads the table {name}, which is not: mark both, or neither.")
            readers[name].append(model)
    return readers


def tables_read_by(model: type[Base]) -> set[str]:
    """The names of the tables in the model's own expressions."""
    expressions = [found.columns[0] for found in model.__mapper__.column_attrs if not isinstance(found.columns[0], Column)]
    return {part.name for expression in expressions for part in visitors.iterate(expression) if isinstance(part, Table)}


def require_unique(model: type[Base], columns: tuple[str, ...]) -> None:
    """Raises TypeError unless the database makes sure that no two rows have the same values there."""
    wanted = {str(attribute(model, name).expression.key) for name in columns}
    if wanted != set(primary_keys(model)) and wanted not in unique_columns(model):
        raise TypeError(f"{model.__name__} may have several rows with the same {', '.join(columns)}: only unique columns find one.")


def unique_columns(model: type[Base]) -> Iterator[set[str]]:
    for table in model.__mapper__.tables:
        if isinstance(table, Table):
            yield from (set(item.columns.keys()) for item in table.constraints if isinstance(item, UniqueConstraint))
            yield from (set(item.columns.keys()) for item in table.indexes if item.unique and not partial(item))


def partial(index: Index) -> bool:
    return index.dialect_options["postgresql"]["where"] is not None
