"""What kind of value a column holds, for whoever turns rows into answers."""

from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Numeric
from sqlalchemy import Enum as EnumType
from sqlalchemy.types import TypeEngine


class Kind(Enum):
    """How a column's value is told."""

    PLAIN = auto()
    DECIMAL = auto()
    DECIMALS = auto()
    ENUM = auto()
    ENUMS = auto()


def kind_of(attribute: Any) -> Kind:
    return _kind(attribute.type)


@cache
def _kind(type_: TypeEngine[Any]) -> Kind:
    if isinstance(type_, ARRAY):
        inner = _kind(type_.item_type)
        return {Kind.DECIMAL: Kind.DECIMALS, Kind.ENUM: Kind.ENUMS}.get(inner, Kind.PLAIN)
    if isinstance(type_, EnumType):
        return Kind.ENUM
    return Kind.DECIMAL if isinstance(type_, Numeric) else Kind.PLAIN
