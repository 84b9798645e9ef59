"""The names by which declarations refer to one another, so that graph modules need not import one another."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.scalars import JSON
from strawberry.types.field import StrawberryField

from graph.kit.scalars import BigInt

NAMES: dict[str, Any] = {"Decimal": Decimal, "date": date, "datetime": datetime, "ID": strawberry.ID, "JSON": JSON, "BigInt": BigInt}


def lazy(annotation: str) -> StrawberryAnnotation:
    """An annotation that is read when the schema is built: `list[Account]`."""
    return StrawberryAnnotation(annotation, namespace=NAMES)


class LazyField(StrawberryField):
    """A field whose annotation is read when the schema is built.

    Dataclasses give each field the annotation that they find on the class, a text without its names: ours stays.
    `root` says what a root field asks for, and `points` which row stands at a field, to executions that plan a whole operation.
    """

    root: Any = None
    points: Any = None

    @property
    def type(self) -> Any:
        return self.resolve_type()

    @type.setter
    def type(self, annotation: Any) -> None:
        pass


def optional(annotation: str, nullable: bool) -> str:
    return f"{annotation} | None" if nullable else annotation
