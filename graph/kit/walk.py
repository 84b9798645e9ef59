"""What an operation asks for below a field, read from its syntax tree: names only, so that loads take the columns they need."""

from collections.abc import Iterable

from graphql import FieldNode, FragmentSpreadNode, GraphQLIncludeDirective, GraphQLResolveInfo, GraphQLSkipDirective, SelectionSetNode
from graphql.execution.values import get_directive_values

Asked = dict[str, list[FieldNode]]


class Walk:
    """Follows fragments and @skip/@include of one operation."""

    def __init__(self, info: GraphQLResolveInfo) -> None:
        self._fragments = info.fragments
        self._variables = info.variable_values

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
            if not self._included(each):
                continue
            if isinstance(each, FieldNode):
                asked.setdefault(each.name.value, []).append(each)
                continue
            if isinstance(each, FragmentSpreadNode):
                # Once is enough: without this, nested fragments would take exponential time.
                if each.name.value in spread:
                    continue
                spread.add(each.name.value)
            fragment = self._fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
            condition = fragment.type_condition
            if condition is None or condition.name.value in types:
                self._collect(fragment.selection_set, types, asked, spread)

    def _included(self, node: object) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)  # type: ignore[arg-type]
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)  # type: ignore[arg-type]
        return not (skip and skip["if"]) and not (include and not include["if"])
