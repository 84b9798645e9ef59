"""The cost of an operation: how many rows it may read at most, by its shape and the sizes of its pages, before anything is read.

A page counts its `first` or `last` (the default where it names neither), a list of ids its length, a plain list the bound that its
declaration gives, any other object one; rows below rows are multiplied, fields side by side are added. Single rows of configuration count
nothing: they come from memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues

from graph.compiled.asking import Asking, Grouped
from graph.kit.declared import BOUND, BoundedRoot, Declared, IdRoot, Listed
from graph.kit.lookups import ID_LIMIT
from graph.kit.registry import NAMES
from loaders.pages import PAGE, PAGE_LIMIT
from models.errors import TooCostly

Given = Mapping[str, Any]

# What a connection shows its rows under.
ROWS = ("nodes", "edges", "pageInfo")


@dataclass(frozen=True)
class Size:
    """How many objects stand at a field: a number, or what some of the operation's variables say, between 0 and a limit."""

    number: int
    variables: tuple[str, ...] = ()
    limit: int = PAGE_LIMIT

    def of(self, given: Given) -> int:
        if not self.variables:
            return self.number
        sizes = [size for name in self.variables if (size := _size_of(given.get(name))) is not None]
        # What is beyond the limit is refused later, in words of its own.
        return min(max(max(sizes, default=self.number), 0), self.limit)


@dataclass(frozen=True)
class Cost:
    """What a field may read: `size` times its own row and what is below it. Of types that exclude one another the dearest counts."""

    key: str
    size: Size
    own: int
    below: tuple["Cost", ...] = ()
    either: tuple["Cost", ...] = ()

    def rows(self, given: Given) -> int:
        size = self.size.of(given)
        return size * self.each(given) if size else 0

    def each(self, given: Given) -> int:
        return self.own + sum(one.rows(given) for one in self.below) + max((one.rows(given) for one in self.either), default=0)

    @property
    def is_fixed(self) -> bool:
        return not self.size.variables and all(one.is_fixed for one in (*self.below, *self.either))

    def lists(self, given: Given, above: int = 1, path: tuple[str, ...] = ()) -> Iterator[tuple[int, tuple[str, ...], int]]:
        """The fields with several objects: how many in all, the path, how many for each row above."""
        size = self.size.of(given)
        path = (*path, self.key) if self.key else path
        if size > 1:
            yield above * size, path, size
        for one in (*self.below, *self.either):
            yield from one.lists(given, above * size, path)


class OperationCost:
    """The cost of one operation for given values of @skip and @include."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
    ) -> None:
        self._root = _Reader(schema, document, variables).operation(operation)
        self._fixed = self._root.each({}) if self._root.is_fixed else None

    def rows(self, given: Given) -> int:
        return self._root.each(given) if self._fixed is None else self._fixed

    def check(self, given: Given, limit: int) -> int:
        """The rows that the operation may read. Raises TooCostly when these are more than the limit, and names what to make smaller."""
        rows = self._root.each(given) if self._fixed is None else self._fixed
        if rows > limit:
            most, path, size = max(self._root.lists(given))
            raise TooCostly(
                f"The operation may read {rows:,} rows, but at most {limit:,} are read at once. Most of them stand at {'.'.join(path)}, "
                f"{size:,} for each row above and {most:,} in all: ask for fewer there or above (`first`), or for less at once."
            )
        return rows


class _Reader(Asking):
    """Reads costs from an operation's syntax tree."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> None:
        super().__init__(schema, document, variables)

    def operation(self, operation: OperationDefinitionNode) -> Cost:
        root = self._schema.get_root_type(operation.operation)
        grouped: Grouped = {}
        if root is not None:
            self._collect(operation.selection_set.selections, root.name, grouped, set())
        return Cost("", Size(1), 0, tuple(self._fields(root, grouped)) if root is not None else ())

    def _fields(self, kind: GraphQLObjectType, grouped: Grouped) -> Iterator[Cost]:
        for key, nodes in grouped.items():
            definition = kind.fields.get(nodes[0].name.value)
            if definition is not None and is_composite_type(get_named_type(definition.type)):
                yield self._field(kind, key, definition, nodes)

    def _field(self, kind: GraphQLObjectType, key: str, definition: GraphQLField, nodes: list[FieldNode]) -> Cost:
        target: Any = get_named_type(definition.type)
        if getattr(NAMES.get(target.name), "__declared_rows__", None) is not None:
            return self._page(key, target, nodes)
        size = self._size(kind, definition, nodes[0])
        if is_abstract_type(target):
            return Cost(key, size, 1, either=tuple(self._either(target, nodes)))
        own = int(_is_row(target.name) and (_is_list(definition.type) or not _is_remembered(target.name)))
        return Cost(key, size, own, tuple(self._fields(target, self._grouped(nodes, target.name))))

    def _either(self, target: Any, nodes: list[FieldNode]) -> Iterator[Cost]:
        for kind in self._schema.get_possible_types(target):
            below = tuple(self._fields(kind, self._grouped(nodes, kind.name)))
            if below:
                yield Cost("", Size(1), 0, below)

    def _page(self, key: str, connection: GraphQLObjectType, nodes: list[FieldNode]) -> Cost:
        """A page's rows are read once, however often they are shown."""
        asked = self._grouped(nodes, connection.name)
        below: list[Cost] = []
        for inner, same in asked.items():
            name = same[0].name.value
            definition = connection.fields.get(name)
            if name == "nodes" and definition is not None:
                row: Any = get_named_type(definition.type)
                below.append(Cost(inner, Size(1), 0, tuple(self._fields(row, self._grouped(same, row.name)))))
            elif name == "edges" and definition is not None:
                edge: Any = get_named_type(definition.type)
                for node in self._fields(edge, self._grouped(same, edge.name)):
                    below.append(Cost(f"{inner}.{node.key}", Size(1), 0, node.below))
        shown = any(same[0].name.value in ROWS for same in asked.values())
        return Cost(key, _page_size(nodes[0]) if shown else Size(0), 1, tuple(below))

    def _size(self, kind: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> Size:
        if not _is_list(definition.type):
            return Size(1)
        root = getattr(definition.extensions.get("strawberry-definition"), "root", None)
        match root:
            case BoundedRoot(bound=bound):
                return Size(bound)
            case IdRoot(_, argument):
                return _length(_argument(node, argument))
        declared: Declared | None = getattr(NAMES.get(kind.name), "__declared__", None)
        each = declared.fields.get(node.name.value) if declared is not None else None
        return Size(each.bound if isinstance(each, Listed) else BOUND if _is_row(get_named_type(definition.type).name) else 1)


def _page_size(node: FieldNode) -> Size:
    given = [value for name in ("first", "last") if (value := _argument(node, name)) is not None]
    literals = [int(value.value) for value in given if isinstance(value, IntValueNode)]
    number = min(max(max(literals, default=PAGE), 0), PAGE_LIMIT)
    return Size(number, tuple(value.name.value for value in given if isinstance(value, VariableNode)))


def _length(value: ValueNode | None) -> Size:
    match value:
        case VariableNode():
            return Size(ID_LIMIT, (value.name.value,), ID_LIMIT)
        case ListValueNode():
            return Size(len(value.values))
        case StringValueNode():
            return Size(1)
    return Size(0)


def _size_of(value: Any) -> int | None:
    """The size that a variable's value says, if it says one."""
    match value:
        case bool() | None:
            return None
        case int():
            return value
        case list():
            return len(value)
    return None


def _argument(node: FieldNode, name: str) -> ValueNode | None:
    return next((each.value for each in node.arguments or () if each.name.value == name), None)


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def _is_row(name: str) -> bool:
    """Whether objects of a type are rows, and not parts of one: rows have pages."""
    declared: Declared | None = getattr(NAMES.get(name), "__declared__", None)
    return declared is not None and f"{declared.list_name}Connection" in NAMES


def _is_remembered(name: str) -> bool:
    declared: Declared = NAMES[name].__declared__
    return bool(declared.model.configuration)
