"""Types that every list shares, and how a column's type is told in GraphQL."""

import enum
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.types.enum import StrawberryEnumDefinition

from graph.kit.scalars import BigInt
from models.base import Described


@strawberry.interface(description="Anything that has an id of its own, by which `node` finds it again.")
class Node:
    id: strawberry.ID = strawberry.field(description="The opaque id.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are rows after the page.")
    has_previous_page: bool = strawberry.field(description="Whether there are rows before the page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row, for `before`.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row, for `after`.")


def documented(kind: type[enum.Enum]) -> type[enum.Enum]:
    """An enumeration of the models as a GraphQL enum, with the docstring and the members' sentences as descriptions."""
    definition: StrawberryEnumDefinition | None = getattr(kind, "__strawberry_definition__", None)
    if definition is None:
        strawberry.enum(kind, description=kind.__doc__)
        definition = kind.__strawberry_definition__  # type: ignore[attr-defined]
        for value in definition.values:
            member = kind[value.name]
            value.description = member.doc if isinstance(member, Described) else None
    return kind


class OrderDirection(Described):
    """Which end of an order comes first."""

    ASC = "asc", "The lowest first."
    DESC = "desc", "The highest first."


documented(OrderDirection)


@cache
def scalar_of(kind: Any) -> Any:
    """What GraphQL gives for a column type: `Numeric` is Decimal, an ARRAY is a list, an Enum the enumeration."""
    if type(kind).__name__ == "ARRAY":
        return list[scalar_of(kind.item_type)]  # type: ignore[misc]
    if getattr(kind, "enum_class", None) is not None:
        return documented(kind.enum_class)
    if type(kind).__name__ == "JSONB":
        return JSON
    if type(kind).__name__ == "BigInteger":
        return BigInt
    python: Any = kind.python_type
    if python not in (str, int, bool, Decimal, date, datetime):
        raise TypeError(f"No scalar stands for columns of the type {kind!r}.")
    return python
