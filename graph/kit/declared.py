"""What a graph class declares of its fields: plain data that says all a compiler needs.

Each declared field knows which columns of its own row it needs; a relation also knows its target and how rows belong together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from strawberry.types.field import StrawberryField

from graph.kit.walk import Walk
from loaders.filters import FilterFields
from loaders.orders import OrderTerm
from loaders.relations import Relation, relation

if TYPE_CHECKING:
    from graphql import FieldNode

# The rows of a plain list for which its declaration gives no bound; what they count in an operation's cost.
BOUND = 20

# `email: auto` declares a field whose type, nullability and description are the column's.
auto: TypeAlias = Any


@dataclass(frozen=True)
class Column:
    """A column of the row, or an expression that the model declares as one; never null where its object is known to be there."""

    name: str
    nullable: bool | None = None


@dataclass(frozen=True)
class Values:
    """A JSON column that holds a list of small objects of one type, or `single` one."""

    name: str
    type: type


@dataclass(frozen=True)
class One:
    """A row that this one belongs to, by one relation or by several in turn."""

    path: tuple[Relation, ...]
    description: str
    nullable: bool


@dataclass(frozen=True)
class Listed:
    """All rows that belong to this one, as a plain list; for relations that stay small."""

    relation: Relation
    description: str
    # The most rows that one list is expected to have.
    bound: int = BOUND


@dataclass(frozen=True)
class Many:
    """The rows that belong to this one, as a connection."""

    relation: Relation
    description: str
    # Arguments that choose another way of belonging: `descendants` -> (description, membership).
    variants: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    # Columns that an argument of the same name must equal, with its description.
    by: Mapping[str, str] = field(default_factory=dict)
    # Values that columns have in all rows of the list.
    where: Mapping[str, Any] = field(default_factory=dict)
    # How rows belong when it is not by the relation's own column alone.
    membership: Any = None


@dataclass(frozen=True)
class Part:
    """An object made of columns of this row, or null when its `present` column is.

    `prefix` begins the names of the columns, where a row holds such an object several times: `amount` is `debit_amount`.
    """

    type: type
    description: str
    present: str | None = None
    prefix: str = ""

    @cached_property
    def declared(self) -> "Declared":
        """What the object's type declares, over the columns that it is made of here."""
        return declared_of(self.type).under(self.prefix)


@dataclass(frozen=True)
class Computed:
    """A value that a function makes of columns of this row and of arguments."""

    needs: tuple[str, ...]
    field: StrawberryField


@dataclass(frozen=True)
class Refers:
    """A row that a function names, by the name of its type and its key, from columns of this row; of any type with an id."""

    needs: tuple[str, ...]
    points: Callable[[Any], tuple[str, Any] | None]
    description: str


DeclaredField = Column | Values | One | Listed | Many | Part | Computed | Refers


@dataclass(frozen=True)
class LookupRoot:
    """A root field for one row, by one of several columns: argument -> column."""

    target: "Declared"
    columns: Mapping[str, str]


@dataclass(frozen=True)
class PagesRoot:
    """A root field for pages of rows."""

    target: "Declared"


@dataclass(frozen=True)
class BoundedRoot:
    """A root field for all rows of a small table, in the order of a column, whose flags have the values given."""

    target: "Declared"
    order: str
    flags: tuple[str, ...]
    # The most rows that the table is expected to have.
    bound: int


@dataclass(frozen=True)
class IdRoot:
    """A root field for objects by their global ids: of one type, or of any; one object, or a list of them."""

    target: "Declared | None"
    argument: str


@dataclass(frozen=True)
class EventRoot:
    """A root field of a subscription: of each event, its row by its primary key.

    `events` makes the source. With a value of `last` in its `column`, a row is told for the last time.
    """

    target: "Declared"
    events: Callable[..., Any]
    column: str
    last: frozenset[Any]


Root = LookupRoot | PagesRoot | BoundedRoot | IdRoot | EventRoot


@dataclass
class Declared:
    """An object type as declared: its model, its fields by their names in the API, and how lists of it are asked for."""

    name: str
    model: Any
    type: type
    fields: dict[str, DeclaredField]
    is_node: bool
    # What its pages are called: `Client` for ClientConnection.
    list_name: str = ""
    filters: FilterFields | None = None
    orders: Mapping[str, str] = field(default_factory=dict)
    default_order: tuple[OrderTerm, ...] = ()

    def under(self, prefix: str) -> "Declared":
        """The same type over columns whose names begin with a prefix."""
        return replace(self, fields={name: renamed(each, "", prefix) for name, each in self.fields.items()}) if prefix else self

    def needs(self, walk: Walk, nodes: "list[FieldNode]") -> set[str]:
        """The columns that the fields asked for below some field nodes need."""
        asked = walk.below(nodes, self.name)
        needed: set[str] = set()
        for name, below in asked.items():
            declared = self.fields.get(name)
            if declared is not None:
                needed |= needs_of(declared, walk, below)
        return needed


def needs_of(declared: DeclaredField, walk: Walk, nodes: "list[FieldNode]") -> set[str]:
    """The columns of its own row that a field needs."""
    match declared:
        case Column(name=name) | Values(name=name):
            return {name}
        case One(path):
            return {path[0].local}
        case Listed(relation_) | Many(relation_):
            return {relation_.local}
        case Part(present=present):
            return declared.declared.needs(walk, nodes) | ({present} if present else set())
        case Computed(needs) | Refers(needs):
            return set(needs)


def renamed(declared: DeclaredField, old: str, new: str) -> DeclaredField:
    """A field of an object made of columns, over columns whose names begin with `new` where they began with `old`."""
    match declared:
        case Column(name, nullable):
            return Column(new + name.removeprefix(old), nullable)
        case One((first, *rest)):
            owner, dot, name = first.name.partition(".")
            moved = replace(first, name=owner + dot + new + name.removeprefix(old), local=new + first.local.removeprefix(old))
            return replace(declared, path=(moved, *rest))
    raise TypeError(f"Only columns and rows can be made of columns with a prefix, not {declared!r}.")


def declared_of(type_: type) -> Declared:
    found: Declared = type_.__declared__  # type: ignore[attr-defined]
    return found


def column(attribute: Any, *, nullable: bool | None = None) -> Any:
    """A column under another name, or with another nullability than its own: `update_time = column(Account.statement_update_time)`."""
    return Column(attribute.key, nullable)


def values(attribute: Any, type_: type) -> Any:
    """A JSON column as a list of objects: `resources = values(models.Product.resources, Resource)`."""
    return Values(attribute.key, type_)


def one(*path: Any, nullable: bool | None = None) -> Any:
    """A row that this one belongs to: `country = one(models.Client.country)`, or further away: `one(Account.product, Product.group)`."""
    last = path[-1].property
    missing = any(_may_be_missing(step) for step in path)
    return One(tuple(relation(step) for step in path), last.doc, missing if nullable is None else nullable)


def _may_be_missing(step: Any) -> bool:
    """Whether a row may have none: its key may be null, or the key stands on the other side."""
    local = step.property.local_remote_pairs[0][0]
    return bool(local.nullable) or step.property.direction.name != "MANYTOONE"


def listed(attribute: Any, *, bound: int = BOUND) -> Any:
    """All rows that belong to this one, a few up to a bound: `addresses = listed(models.Client.addresses)`."""
    return Listed(relation(attribute), attribute.property.doc, bound)


def many(
    attribute: Any,
    *,
    variants: Mapping[str, tuple[str, Any]] | None = None,
    by: Mapping[str, str] | None = None,
    where: Mapping[str, Any] | None = None,
    membership: Any = None,
) -> Any:
    """A connection: `accounts = many(models.Client.accounts)`."""
    return Many(relation(attribute), attribute.property.doc, variants or {}, by or {}, where or {}, membership)


def part(type_: type, description: str, *, present: Any = None, prefix: str = "") -> Any:
    """An object made of columns of this row: `statement = part(Statement, "...")`; of several such, each has its prefix."""
    return Part(type_, description, present.key if present is not None else None, prefix)


def computed(*needs: Any, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A method that makes a value of the columns it names: `@computed(models.Country.alpha2_code, description="...")`."""

    def declare(function: Callable[..., Any]) -> Any:
        made = strawberry.field(resolver=function, description=description)
        return Computed(tuple(need.key for need in needs), made)

    return declare


def refers(*needs: Any, description: str) -> Callable[[Callable[[Any], tuple[str, Any] | None]], Any]:
    """A method that names the object which stands here, as in `("Client", 7)`, or null, from the columns it names."""
    return lambda function: Refers(tuple(need.key for need in needs), function, description)
