"""The fields that an operation asks for, by response key, with @skip and @include applied: where plans begin."""

from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues

from graph.compiled.outputs import Arguments, Called, Constant, Unplanned
from graph.kit.declared import Computed, Declared
from graph.kit.walk import included

Grouped = dict[str, list[FieldNode]]


class Asking:
    """What one operation asks for, for given values of @skip and @include, and the permissions that this needs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues) -> None:
        self._schema = schema
        self._document = document
        self._variables = variables
        self.permissions: set[str] = set()

    def _permit(self, declared: Declared) -> None:
        self.permissions.add(declared.model.read_permission)

    def _below(self, nodes: Iterable[FieldNode], declared: Declared) -> Grouped:
        return self._grouped(nodes, declared.name, *(["Node"] if declared.is_node else []))

    def _grouped(self, nodes: Iterable[FieldNode], *types: str) -> Grouped:
        grouped: Grouped = {}
        spread: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._collect(node.selection_set.selections, types, grouped, spread)
        return grouped

    def _collect(self, selections: Iterable[Any], types: tuple[str, ...], grouped: Grouped, spread: set[str]) -> None:
        for each in selections:
            if any(directive.name.value in ("defer", "stream") for directive in each.directives or ()):
                raise Unplanned
            if not included(each, self._variables):
                continue
            if isinstance(each, FieldNode):
                grouped.setdefault(each.alias.value if each.alias else each.name.value, []).append(each)
                continue
            if isinstance(each, FragmentSpreadNode):
                if each.name.value in spread:
                    continue
                spread.add(each.name.value)
                each = self._fragment(each.name.value)  # noqa: PLW2901
            condition = each.type_condition
            if condition is None or condition.name.value in types:
                self._collect(each.selection_set.selections, types, grouped, spread)

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        return next(each for each in self._document.definitions if isinstance(each, FragmentDefinitionNode) and each.name.value == name)

    def _small(self, type_: type, nodes: list[FieldNode]) -> dict[str, Constant | str]:
        definition = type_.__strawberry_definition__  # type: ignore[attr-defined]
        names = {each.graphql_name or camel(each.python_name): each.python_name for each in definition.fields}
        asked = self._grouped(nodes, definition.name)
        return {
            key: Constant(definition.name) if same[0].name.value == "__typename" else names[same[0].name.value]
            for key, same in asked.items()
        }

    def _called(self, declared: Declared, name: str, nodes: list[FieldNode]) -> Called:
        each = declared.fields[name]
        resolver = each.field.base_resolver if isinstance(each, Computed) else None
        definition = self._definition(declared, name)
        if resolver is None or iscoroutinefunction(resolver.wrapped_func) or not is_leaf_type(get_named_type(definition.type)):
            raise Unplanned
        arguments = Arguments(definition, nodes[0]) if definition.args else None
        return Called(resolver.wrapped_func, declared, each.needs, arguments, bool(resolver.info_parameter))  # type: ignore[union-attr]

    def _definition(self, declared: Declared, name: str) -> Any:
        kind = self._schema.type_map[declared.name]
        return kind.fields[name]  # type: ignore[attr-defined]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
