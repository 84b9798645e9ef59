"""What a plan is made of: plain data that says what is read, and what the answer is made of. No SQL, no code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import FieldNode, GraphQLField, ListValueNode, ObjectValueNode, VariableNode, is_non_null_type, is_required_argument
from graphql.execution.values import VariableValues, get_argument_values

from graph.kit.declared import BoundedRoot, Declared, EventRoot, IdRoot, LookupRoot, Many, PagesRoot
from loaders.relations import Relation
from loaders.sources import Ref, Source


def has_variable(node: Any) -> bool:
    match node:
        case VariableNode():
            return True
        case ListValueNode():
            return any(has_variable(each) for each in node.values)
        case ObjectValueNode():
            return any(has_variable(each.value) for each in node.fields)
    return False


class Unplanned(Exception):
    """Something that plans do not take; the whole operation goes to graphql-core."""


class Arguments:
    """The arguments of a field; what does not depend on variables is read once."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        self._definition = definition
        self._node = node
        self._fixed: dict[str, Any] | None = None
        given = {each.name.value: each for each in node.arguments or () if has_variable(each.value)}
        # Arguments that are variables of their own: their names as read, the variables' names, whether null may stand there.
        self._direct = [
            (definition.args[name].out_name or name, each.value.name.value, not is_non_null_type(definition.args[name].type))
            for name, each in given.items()
            if isinstance(each.value, VariableNode)
        ]
        self._is_simple = len(self._direct) == len(given) and not any(is_required_argument(definition.args[name]) for name in given)

    def read(self, variables: VariableValues) -> dict[str, Any]:
        """The values by name, not to be changed. Raises GraphQLError for those that do not fit."""
        if not self._is_simple:
            return get_argument_values(self._definition, self._node, variables)
        if self._fixed is None:
            self._fixed = get_argument_values(self._definition, self._node, VariableValues({}, {}))
        if not self._direct:
            return self._fixed
        found = dict(self._fixed)
        for name, variable, nullable in self._direct:
            if variable in variables.coerced:
                found[name] = variables.coerced[variable]
                if found[name] is None and not nullable:
                    return get_argument_values(self._definition, self._node, variables)
        return found


@dataclass(frozen=True)
class Value:
    """A column as the answer shows it; `kind` is how: plain, enum, enums, id."""

    ref: Ref
    kind: str = "plain"
    detail: Any = None


@dataclass(frozen=True)
class Constant:
    value: str


@dataclass(frozen=True)
class Object:
    """An object made of columns of the row, or of a joined row; null when the column `present` is."""

    members: Mapping[str, "Output"]
    present: Ref | None
    nullable: bool = True


@dataclass(frozen=True)
class Objects:
    """A JSON list of small objects."""

    ref: Ref
    members: Mapping[str, "Constant | str"]


@dataclass(frozen=True)
class Call:
    """What a function of the declaration makes of some columns."""

    number: int
    refs: Mapping[str, Ref]


@dataclass(frozen=True)
class Remembered:
    """A configuration row held in memory, by its key in the row."""

    number: int
    ref: Ref
    nullable: bool


@dataclass(frozen=True)
class Children:
    """What a further level has for this row."""

    number: int
    ref: Ref


Output = Value | Constant | Object | Objects | Call | Remembered | Children


@dataclass(frozen=True, eq=False)
class Reference:
    """A row that a function names by its type and key, and what is asked of it; `key` tells a plan's references apart."""

    key: str
    points: Any
    needs: tuple[str, ...]
    nodes: list[FieldNode]
    declared: Declared | None = None


# What is shown of an object: of each response key the attribute and what is shown of that, or the row that stands there.
Shown = dict[str, "Constant | Reference | tuple[str, Any]"]


@dataclass
class Called:
    """A function of the declaration, the columns it needs, and its arguments."""

    function: Any
    declared: Declared
    needs: tuple[str, ...]
    arguments: Arguments | None
    wants_info: bool
    # What is shown of the objects that it answers; None for plain values.
    shown: "Shown | None" = None


@dataclass
class Memory:
    """What is shown of a configuration row: members as the outputs of a level, over a record instead of a row."""

    declared: Declared
    members: dict[str, Any]
    # The tables that it is made of, and the functions that it calls: what is kept of it is good for these.
    models: set[Any] = field(default_factory=set)
    calls: list[Called] = field(default_factory=list)


@dataclass
class Connection:
    """What is shown of a connection, by response key: nodes, edges, pageInfo, totalCount or __typename, and what belongs to it."""

    members: dict[str, tuple[str, Any]]
    has_rows: bool
    has_count: bool
    # The keys and shapes of its nodes, when it shows nothing else.
    nodes: list[tuple[str, int]] | None = None

    def __post_init__(self) -> None:
        if all(kind == "nodes" for kind, _ in self.members.values()):
            self.nodes = [(key, shape) for key, (_, shape) in self.members.items()]


@dataclass
class Level:
    """Rows of one table, of all parents at once."""

    declared: Declared
    source: Source
    # The objects that are made of each row, by response key: one for each `nodes` and each `edges { node }`.
    shapes: list[dict[str, Output]] = field(default_factory=list)
    children: list["Child"] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    calls: list[Called | Reference] = field(default_factory=list)
    # The columns that each of the calls needs.
    call_refs: list[Mapping[str, Ref]] = field(default_factory=list)

    @property
    def is_last(self) -> bool:
        """Whether one statement finds all that is shown."""
        return all(child.level.is_last for child in self.children) and not any(isinstance(each, Reference) for each in self.calls)


@dataclass
class Child:
    """A level below another: the pages of a connection, or plain lists."""

    level: Level
    relation: Relation
    ref: Ref
    many: Many | None = None
    connection: Connection | None = None
    arguments: Arguments | None = None


@dataclass
class RootField:
    """A root field as planned."""

    key: str
    root: LookupRoot | PagesRoot | BoundedRoot | IdRoot | EventRoot | None
    arguments: Arguments | None
    nodes: list[FieldNode]
    level: Level | None = None
    connection: Connection | None = None
    called: Called | None = None
    name: str = ""
    # Of an event's row, the column and its values with which nothing will follow.
    last: tuple[Ref, frozenset[Any]] | None = None

    def is_last(self, row: Any) -> bool:
        return self.last is not None and row[self.last[0].index] in self.last[1]

    @property
    def references(self) -> dict[str, Reference]:
        """The rows that stand in an object which no row is behind."""
        shown = self.called.shown if self.called is not None else None
        return {key: each for key, each in (shown or {}).items() if isinstance(each, Reference)}


@dataclass
class Plan:
    """A whole operation."""

    fields: list[RootField]
    permissions: frozenset[str]

    @cached_property
    def reads_nothing(self) -> bool:
        """Whether no statement is needed at all."""
        return all(each.level is None and not isinstance(each.root, IdRoot) and not each.references for each in self.fields)

    @cached_property
    def is_single(self) -> bool:
        """Whether one statement answers it, so that it needs no snapshot."""
        if len(self.fields) != 1:
            return False
        (only,) = self.fields
        return only.level is not None and not isinstance(only.root, IdRoot) and only.level.is_last
