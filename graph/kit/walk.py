"""What an operation asks for below a field, read from its syntax tree: names only, so that loads take the columns they need."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)
from graphql.execution.values import VariableValues, get_directive_values

Asked = dict[str, list[FieldNode]]


class Walk:
    """Follows fragments and @skip/@include of one operation."""

    def __init__(self, info: GraphQLResolveInfo[Any]) -> None:
        self._schema = info.schema
        self._fragments = info.fragments
        given: Any = info.variable_values
        # Strawberry hands resolvers the plain values, not graphql-core's object around them.
        self._variables = given if isinstance(given, VariableValues) else VariableValues({}, given)

    def below(self, nodes: Iterable[FieldNode], type_name: str) -> Asked:
        """The fields asked of an object type below some field nodes."""
        asked: Asked = {}
        spread: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._collect(node.selection_set, type_name, asked, spread)
        return asked

    def _collect(self, selections: SelectionSetNode, type_name: str, asked: Asked, spread: set[str]) -> None:
        for each in selections.selections:
            if not included(each, self._variables):
                continue
            if isinstance(each, FieldNode):
                asked.setdefault(each.name.value, []).append(each)
            elif isinstance(each, InlineFragmentNode):
                self._collect_fragment(each, type_name, asked, spread)
            # Once is enough: without this, nested fragments would take exponential time.
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in spread:
                spread.add(each.name.value)
                self._collect_fragment(self._fragments[each.name.value], type_name, asked, spread)

    def _collect_fragment(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, type_name: str, asked: Asked, spread: set[str]
    ) -> None:
        if applies(self._schema, fragment.type_condition, type_name):
            self._collect(fragment.selection_set, type_name, asked, spread)


def applies(schema: GraphQLSchema, condition: NamedTypeNode | None, type_name: str) -> bool:
    """Whether a fragment's type condition holds for an object type: it is that type, an interface of it, or a union with it."""
    if condition is None or condition.name.value == type_name:
        return True
    wanted, own = schema.type_map[condition.name.value], schema.type_map[type_name]
    return is_abstract_type(wanted) and isinstance(own, GraphQLObjectType) and schema.is_sub_type(wanted, own)


def included(node: SelectionNode, variables: VariableValues) -> bool:
    """Whether @skip and @include leave a selection in."""
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not (skip and skip["if"]) and not (include and not include["if"])
