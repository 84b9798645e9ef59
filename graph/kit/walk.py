"""What an operation asks for below a field, read from its syntax tree: names only, so that loads take the columns they need."""

from collections.abc import Iterable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)
from graphql.execution.values import VariableValues, get_directive_values

Asked = dict[str, list[FieldNode]]


class Walk:
    """Follows fragments and @skip/@include of one operation."""

    def __init__(self, info: GraphQLResolveInfo[Any]) -> None:
        self._fragments = info.fragments
        given: Any = info.variable_values
        # Strawberry hands resolvers the plain values, not graphql-core's object around them.
        self._variables = given if isinstance(given, VariableValues) else VariableValues({}, given)

    def below(self, nodes: Iterable[FieldNode], *types: str) -> Asked:
        """The fields asked of a type below some field nodes; `types` are its own name and those of its interfaces."""
        asked: Asked = {}
        spread: set[str] = set()
        for node in nodes:
            if node.selection_set:
                self._collect(node.selection_set, types, asked, spread)
        return asked

    def _collect(self, selections: SelectionSetNode, types: tuple[str, ...], asked: Asked, spread: set[str]) -> None:
        for each in selections.selections:
            if not included(each, self._variables):
                continue
            if isinstance(each, FieldNode):
                asked.setdefault(each.name.value, []).append(each)
            elif isinstance(each, InlineFragmentNode):
                self._collect_fragment(each, types, asked, spread)
            # Once is enough: without this, nested fragments would take exponential time.
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in spread:
                spread.add(each.name.value)
                self._collect_fragment(self._fragments[each.name.value], types, asked, spread)

    def _collect_fragment(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, types: tuple[str, ...], asked: Asked, spread: set[str]
    ) -> None:
        condition = fragment.type_condition
        if condition is None or condition.name.value in types:
            self._collect(fragment.selection_set, types, asked, spread)


def included(node: SelectionNode, variables: VariableValues) -> bool:
    """Whether @skip and @include leave a selection in."""
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not (skip and skip["if"]) and not (include and not include["if"])
