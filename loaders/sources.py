"""What a level of a planned operation reads: columns of a table and of rows joined to it, and where they stand in the result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Enum, String, Text, cast
from sqlalchemy.types import TypeEngine

from loaders.kinds import Kind, kind_of
from loaders.relations import Relation
from loaders.selection import attribute, row_key
from loaders.templates import DIALECT

# Columns that only join are numbered from here on.
HIDDEN = 1_000

# What a count is.
NUMBER = BigInteger()


@dataclass
class Ref:
    """A column that a level needs: `text` as PostgreSQL's text.

    `shown` ones are in its rows, at the place `index`, which is known when the level has been placed; others only join.
    """

    name: str
    text: bool = False
    shown: bool = False
    index: int = -1

    def of(self, model: Any) -> ColumnElement[Any]:
        column = attribute(model, self.name)
        return (cast(column, self.type_of(model)) if self.text else column).label(f"c{self.index}")

    def type_of(self, model: Any) -> TypeEngine[Any]:
        column = attribute(model, self.name)
        if not self.text:
            found: TypeEngine[Any] = column.type
            return found
        return ARRAY(Text) if kind_of(column) is Kind.DECIMALS else Text()


class Slots:
    """The columns of a result in which the rows of several levels stand: each level takes some of its types, others are null there."""

    def __init__(self) -> None:
        self.types: list[TypeEngine[Any]] = []
        self._names: list[str] = []

    def take(self, types: Sequence[TypeEngine[Any]]) -> list[int]:
        """The places of columns of one level."""
        places: list[int] = []
        for type_ in types:
            name = _name(type_)
            free = (place for place, known in enumerate(self._names) if known == name and place not in places)
            place = next(free, len(self._names))
            if place == len(self._names):
                self._names.append(name)
                self.types.append(Text() if name == "TEXT" else type_)
            places.append(place)
        return places


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

    def place(self, slots: Slots, *lead: TypeEngine[Any]) -> list[int]:
        """Gives each column of the rows its place; answers the places of those that lead them."""
        everything = list(self.all_refs())
        shown = [(model, ref) for model, ref in everything if ref.shown]
        places = slots.take([*lead, *(ref.type_of(model) for model, ref in shown)])
        for (_, ref), place in zip(shown, places[len(lead) :], strict=True):
            ref.index = place
        for number, (_, ref) in enumerate(everything, HIDDEN):
            if not ref.shown:
                ref.index = number
        return places[: len(lead)]

    def all_refs(self) -> Iterator[tuple[Any, Ref]]:
        yield from ((self.model, ref) for ref in self.refs.values())
        for joined in self.joins.values():
            yield from joined.all_refs()

    def places(self) -> list[int]:
        """The places of the columns of the rows."""
        return [ref.index for _, ref in self.all_refs() if ref.shown]

    def key_type(self) -> TypeEngine[Any]:
        found: TypeEngine[Any] = attribute(self.model, row_key(self.model)).type
        return found

    def columns(self) -> list[ColumnElement[Any]]:
        return [ref.of(self.model) for ref in self.refs.values()]


def _name(type_: TypeEngine[Any]) -> str:
    """What tells types apart; texts of any length are one."""
    if isinstance(type_, String) and not (isinstance(type_, Enum) and type_.native_enum):
        return "TEXT"
    return str(type_.compile(dialect=DIALECT))
