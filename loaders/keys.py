"""Rows by the keys in global ids, of one column or of several: `7`, `12.5001.7342`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, and_, any_, bindparam

from loaders.selection import ROW_KEY, attribute, primary_keys
from loaders.templates import Slot
from models.base import Base


def is_one_of(model: type[Base], column: str, keys: Sequence[Any] | Slot) -> ColumnElement[bool]:
    """That a column has one of some values. Where a text made of several columns is asked for, their own index finds the rows."""
    found = attribute(model, column)
    wanted = found == any_(bindparam("keys", keys, type_=ARRAY(found.type)))
    if column != ROW_KEY:
        return wanted
    parts = [
        attribute(model, name) == any_(bindparam(None, _parts(keys, place), type_=ARRAY(Integer)))
        for place, name in enumerate(primary_keys(model))
    ]
    return and_(*parts, wanted)


def _parts(keys: Sequence[str] | Slot, place: int) -> Any:
    def at_place(texts: Sequence[str]) -> list[int]:
        return sorted({int(text.split(".")[place]) for text in texts})

    return keys.changed(at_place) if isinstance(keys, Slot) else at_place(keys)
