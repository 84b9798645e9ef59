"""From a validated operation to a plan: which columns of which tables, and what the answer is made of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    OperationDefinitionNode,
)

from graph.compiled.asking import Grouped
from graph.compiled.outputs import (
    Arguments,
    Call,
    Called,
    Child,
    Children,
    Connection,
    Constant,
    Level,
    Object,
    Objects,
    Output,
    Plan,
    Reference,
    Remembered,
    RootField,
    Unplanned,
    Value,
)
from graph.compiled.remembering import Remembering, is_remembered
from graph.kit.declared import (
    BoundedRoot,
    Column,
    Computed,
    Declared,
    DeclaredField,
    EventRoot,
    Listed,
    LookupRoot,
    Many,
    One,
    PagesRoot,
    Part,
    Refers,
    Values,
    declared_of,
)
from graph.kit.registry import NAMES
from loaders.kinds import Kind, kind_of
from loaders.selection import attribute, row_key
from loaders.sources import Source


class Selecting(Remembering):
    """Plans one operation for given values of @skip and @include."""

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        type_ = self._schema.get_root_type(operation.operation)
        if type_ is None:
            raise Unplanned
        grouped: Grouped = {}
        self._collect(operation.selection_set.selections, type_.name, grouped, set())
        fields = [self._root(type_, key, nodes) for key, nodes in grouped.items()]
        return Plan(fields, frozenset(self.permissions))

    def _root(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> RootField:
        name = nodes[0].name.value
        if name == "__typename":
            return RootField(key, None, None, nodes, name=type_.name)
        if name.startswith("__"):
            raise Unplanned
        definition = type_.fields[name]
        field = definition.extensions.get("strawberry-definition")
        root = getattr(field, "root", None)
        planned = RootField(key, root, Arguments(definition, nodes[0]), nodes, name=name)
        if root is None:
            planned.called = self._call_of(field, definition, nodes, declared=None, needs=())
        match root:
            case PagesRoot(target):
                planned.connection, planned.level = self._connection(target, nodes)
            case BoundedRoot(target) | LookupRoot(target):
                planned.level = self.level(target, nodes)
            case EventRoot(target, column=column, last=last):
                planned.level = self.level(target, nodes)
                if last:
                    planned.last = planned.level.source.ref(column), frozenset(each.value for each in last)
        return planned

    def level(self, declared: Declared, nodes: list[FieldNode]) -> Level:
        """The rows of a type, with what is asked below some field nodes."""
        level = Level(declared, Source(declared.model))
        self._permit(declared)
        self._shape(level, nodes)
        return level

    def _shape(self, level: Level, nodes: list[FieldNode]) -> int:
        """Adds what is asked below some field nodes to the objects that are made of a level's rows."""
        level.shapes.append(self._members(level, level.source, level.declared, self._below(nodes, level.declared)))
        return len(level.shapes) - 1

    def _members(self, level: Level, source: Source, declared: Declared, asked: Grouped) -> dict[str, Output]:
        members: dict[str, Output] = {}
        for key, nodes in asked.items():
            name = nodes[0].name.value
            if name == "__typename":
                members[key] = Constant(declared.name)
            elif name == "id" and declared.is_node:
                members[key] = Value(source.ref(row_key(declared.model)), "id", declared.name)
            else:
                members[key] = self._member(level, source, declared, name, nodes)
        return members

    def _member(self, level: Level, source: Source, declared: Declared, name: str, nodes: list[FieldNode]) -> Output:
        each: DeclaredField = declared.fields[name]
        match each:
            case Column(column):
                return column_value(source, column)
            case Values(column, type_):
                return Objects(source.ref(column), self._small(type_, nodes))
            case Part(present=present):
                inner = each.declared
                members = self._members(level, source, inner, self._below(nodes, inner))
                return Object(members, None if present is None else column_value(source, present).ref, nullable=present is not None)
            case One():
                return self._one(level, source, each, nodes)
            case Listed(relation):
                child = Child(self.level(declared_of(NAMES[relation.target.__name__]), nodes), relation, source.ref(relation.local))
                return add_child(level, child)
            case Many(relation):
                target = declared_of(NAMES[relation.target.__name__])
                connection, below = self._connection(target, nodes)
                definition = self._definition(declared, name)
                child = Child(below, relation, source.ref(relation.local), each, connection, Arguments(definition, nodes[0]))
                return add_child(level, child)
            case Computed():
                called = self._called(declared, name, nodes)
                return add_call(level, source, called, called.needs)
            case Refers(needs, points):
                return add_call(level, source, replace(self._reference(points, needs, nodes), declared=declared), needs)
        raise Unplanned

    def _one(self, level: Level, source: Source, each: One, nodes: list[FieldNode]) -> Output:
        target = declared_of(NAMES[each.path[-1].target.__name__])
        first = each.path[0]
        if is_remembered(first):
            if len(each.path) > 1:
                return self._remembered_path(level, source, each, nodes)
            self._permit(target)
            memory = self._remember(target)
            memory.members = self._memory(memory, target, nodes)
            level.memories.append(memory)
            return Remembered(len(level.memories) - 1, source.ref(first.local), each.nullable)
        joined = source
        for step in each.path:
            self._permit(declared_of(NAMES[step.target.__name__]))
            joined = joined.join(step)
        members = self._members(level, joined, target, self._below(nodes, target))
        return Object(members, joined.ref(each.path[-1].remote_name), each.nullable)

    def _connection(self, target: Declared, nodes: list[FieldNode]) -> tuple[Connection, Level]:
        level = Level(target, Source(target.model))
        self._permit(target)
        members: dict[str, tuple[str, Any]] = {}
        for key, same in self._grouped(nodes, f"{target.list_name}Connection").items():
            name = same[0].name.value
            match name:
                case "nodes":
                    members[key] = (name, self._shape(level, same))
                case "edges":
                    members[key] = (name, self._edge(level, same))
                case "pageInfo":
                    info = self._grouped(same, "PageInfo")
                    members[key] = (name, {inner: below[0].name.value for inner, below in info.items()})
                case "totalCount":
                    members[key] = (name, None)
                case _:
                    members[key] = (name, f"{target.list_name}Connection")
        kinds = {kind for kind, _ in members.values()}
        connection = Connection(members, bool(kinds & {"nodes", "edges", "pageInfo"}), "totalCount" in kinds)
        level.source.is_marked = any(shows_cursors(kind, detail) for kind, detail in members.values())
        return connection, level

    def _edge(self, level: Level, nodes: list[FieldNode]) -> dict[str, tuple[str, Any]]:
        edge: dict[str, tuple[str, Any]] = {}
        for key, same in self._grouped(nodes, f"{level.declared.list_name}Edge").items():
            name = same[0].name.value
            edge[key] = (name, self._shape(level, same) if name == "node" else f"{level.declared.list_name}Edge")
        return edge


def shows_cursors(kind: str, detail: Any) -> bool:
    match kind:
        case "edges":
            return any(inner == "cursor" for inner, _ in detail.values())
        case "pageInfo":
            return bool({"startCursor", "endCursor"} & set(detail.values()))
    return False


def add_call(level: Level, source: Source, called: Called | Reference, needs: Sequence[str]) -> Call:
    refs = {need: source.ref(need) for need in needs}
    level.calls.append(called)
    level.call_refs.append(refs)
    return Call(len(level.calls) - 1, refs)


def add_child(level: Level, child: Child) -> Children:
    level.children.append(child)
    return Children(len(level.children) - 1, child.ref)


def column_value(source: Source, column: str) -> Value:
    kind = kind_of(attribute(source.model, column))
    match kind:
        case Kind.DECIMAL | Kind.DECIMALS:
            return Value(source.ref(column, text=True))
        case Kind.ENUM:
            return Value(source.ref(column), "enum", attribute(source.model, column).type.enum_class)
        case Kind.ENUMS:
            return Value(source.ref(column), "enums", attribute(source.model, column).type.item_type.enum_class)
    return Value(source.ref(column))
