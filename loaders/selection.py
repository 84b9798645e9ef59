"""What is read of a table: plain data, so that equal selections share a batch and a whole operation can be planned from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Base

ROW_KEY = "row_key"


@dataclass(frozen=True)
class Selection:
    """A model and the names of the attributes wanted of its rows, primary key included."""

    model: type[Base]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, model: type[Base], columns: Iterable[str]) -> "Selection":
        return cls(model, tuple(sorted({*columns, *primary_keys(model)})))

    def expressions(self) -> list[ColumnElement[Any]]:
        return [attribute(self.model, name).label(name) for name in self.columns]

    def record(self, row: Row[Any]) -> dict[str, Any]:
        """A row as attributes by name; further columns of the statement, such as a parent's key, are left out."""
        mapping = row._mapping
        return {name: mapping[name] for name in self.columns}


def primary_keys(model: type[Base]) -> tuple[str, ...]:
    """The names of the attributes that make the primary key."""
    return tuple(str(model.__mapper__.get_property_by_column(column).key) for column in model.__mapper__.primary_key)


def primary_key(model: type[Base]) -> str:
    """The name of the attribute that is the primary key, of a model that has one such."""
    (key,) = primary_keys(model)
    return key


def row_key(model: type[Base]) -> str:
    """The name of the attribute by which a global id names a row: its primary key, or the text that a model makes of several columns."""
    keys = primary_keys(model)
    return keys[0] if len(keys) == 1 else ROW_KEY


def attribute(model: type[Base], name: str) -> InstrumentedAttribute[Any]:
    """A mapped attribute by its name: a column, or an expression that the model declares as one."""
    found: InstrumentedAttribute[Any] = getattr(model, name)
    return found
