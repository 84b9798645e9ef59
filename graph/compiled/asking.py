"""The fields that an operation asks for, by response key, with @skip and @include applied: where plans begin."""

from collections.abc import Iterable
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues
from strawberry.utils.str_converters import to_camel_case

from graph.compiled.outputs import Arguments, Called, Constant, Reference, Shown, Unplanned
from graph.kit.declared import Computed, Declared
from graph.kit.walk import applies, included

Grouped = dict[str, list[FieldNode]]


class Asking:
    """What one operation asks for, for given values of @skip and @include, and the permissions that this needs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: VariableValues, place: str = "") -> None:
        self._schema = schema
        self._document = document
        self._variables = variables
        self.permissions: set[str] = set()
        # What the keys of references begin with, so that they are apart in all of an operation.
        self._place = place
        self._references = 0

    def _permit(self, declared: Declared) -> None:
        self.permissions.add(declared.model.read_permission)

    def _below(self, nodes: Iterable[FieldNode], declared: Declared) -> Grouped:
        return self._grouped(nodes, declared.name)

    def _grouped(self, nodes: Iterable[FieldNode], type_name: str) -> Grouped:
        grouped: Grouped = {}
        spread: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._collect(node.selection_set.selections, type_name, grouped, spread)
        return grouped

    def _collect(self, selections: Iterable[Any], type_name: str, grouped: Grouped, spread: set[str]) -> None:
        for each in selections:
            if any(directive.name.value in ("defer", "stream") for directive in each.directives or ()):
                raise Unplanned
            if not included(each, self._variables):
                continue
            if isinstance(each, FieldNode):
                grouped.setdefault(each.alias.value if each.alias else each.name.value, []).append(each)
                continue
            fragment = each
            if isinstance(each, FragmentSpreadNode):
                if each.name.value in spread:
                    continue
                spread.add(each.name.value)
                fragment = self._fragment(each.name.value)
            if applies(self._schema, fragment.type_condition, type_name):
                self._collect(fragment.selection_set.selections, type_name, grouped, spread)

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        return next(each for each in self._document.definitions if isinstance(each, FragmentDefinitionNode) and each.name.value == name)

    def _small(self, type_: type, nodes: list[FieldNode]) -> dict[str, Constant | str]:
        definition = type_.__strawberry_definition__  # type: ignore[attr-defined]
        names = {each.graphql_name or to_camel_case(each.python_name): each.python_name for each in definition.fields}
        asked = self._grouped(nodes, definition.name)
        return {
            key: Constant(definition.name) if same[0].name.value == "__typename" else names[same[0].name.value]
            for key, same in asked.items()
        }

    def _called(self, declared: Declared, name: str, nodes: list[FieldNode]) -> Called:
        each = declared.fields[name]
        if not isinstance(each, Computed):
            raise Unplanned
        return self._call_of(each.field, self._definition(declared, name), nodes, declared=declared, needs=each.needs)

    def _call_of(self, field: Any, definition: Any, nodes: list[FieldNode], *, declared: Any, needs: tuple[str, ...]) -> Called:
        """A plain function behind a field, and what is shown of its answer."""
        resolver = getattr(field, "base_resolver", None)
        if resolver is None or iscoroutinefunction(resolver.wrapped_func):
            raise Unplanned
        arguments = Arguments(definition, nodes[0]) if definition.args else None
        shown = self._shown(get_named_type(definition.type), nodes)
        return Called(resolver.wrapped_func, declared, needs, arguments, bool(resolver.info_parameter), shown)

    def _reference(self, points: Any, needs: tuple[str, ...], nodes: list[FieldNode]) -> Reference:
        self._references += 1
        # No response key has a space.
        return Reference(f"{self._place} {self._references}", points, needs, nodes)

    def _shown(self, kind: Any, nodes: list[FieldNode], *, is_outermost: bool = True) -> Shown | None:
        if is_leaf_type(kind):
            return None
        if not isinstance(kind, GraphQLObjectType):
            raise Unplanned
        shown: Shown = {}
        for key, same in self._grouped(nodes, kind.name).items():
            name = same[0].name.value
            if name == "__typename":
                shown[key] = Constant(kind.name)
                continue
            field = kind.fields[name].extensions["strawberry-definition"]
            if getattr(field, "points", None) is not None and is_outermost:
                shown[key] = self._reference(field.points, (), same)
                continue
            if field.base_resolver is not None or field.extensions:
                raise Unplanned
            shown[key] = (field.python_name, self._shown(get_named_type(kind.fields[name].type), same, is_outermost=False))
        return shown

    def _definition(self, declared: Declared, name: str) -> Any:
        kind = self._schema.type_map[declared.name]
        return kind.fields[name]  # type: ignore[attr-defined]
