"""Makes a query that fails small: takes parts away as long as it still fails and is still valid."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import monotonic
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.queries import Query

Fails = Callable[[Query], Awaitable[bool]]
Edit = tuple[Node, Any]


class Replacing(Visitor):
    """Puts something else, or nothing, in the place of one node."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self.target, self.other = edit

    def enter(self, node: Node, *_: Any) -> Any:
        return self.other if node is self.target else None


async def shrunk(query: Query, schema: GraphQLSchema, fails: Fails, *, seconds: float = 20) -> Query:
    """The smallest query found in time that fails as the one given does."""
    until = monotonic() + seconds
    found = query
    while (smaller := await _smaller(found, schema, fails, until)) is not None:
        found = smaller
    return found


async def _smaller(query: Query, schema: GraphQLSchema, fails: Fails, until: float) -> Query | None:
    for candidate in _candidates(query):
        if monotonic() > until:
            return None
        if not validate(schema, parse(candidate.text)) and await fails(candidate):
            return candidate
    return None


def _candidates(query: Query) -> Iterator[Query]:
    document = parse(query.text, no_location=True)
    for edit in _edits(document):
        yield _without_unused(visit(document, Replacing(edit)), query)
    for name, value in query.variables.items():
        yield Query(query.text, {key: each for key, each in query.variables.items() if key != name}, query.name)
        if isinstance(value, dict | list) and value:
            yield Query(query.text, {**query.variables, name: type(value)()}, query.name)


def _edits(document: DocumentNode) -> Iterator[Edit]:
    """What can be taken away: what stands further out first, as more goes with it."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    yield from ((each, REMOVE) for each in operations if len(operations) > 1)
    level: list[Node] = list(document.definitions)
    while level:
        for node in level:
            yield from _edits_of(node, fragments)
        level = [child for node in level for child in _children(node)]


def _edits_of(node: Node, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[Edit]:
    match node:
        case SelectionSetNode(selections=selections):
            if len(selections) > 1:
                yield from ((each, REMOVE) for each in selections)
            for place, each in enumerate(selections):
                if isinstance(each, InlineFragmentNode):
                    inner = each.selection_set.selections
                    yield node, SelectionSetNode(selections=(*selections[:place], *inner, *selections[place + 1 :]))
        case FragmentSpreadNode():
            same = fragments[node.name.value]
            yield (
                node,
                InlineFragmentNode(type_condition=same.type_condition, directives=node.directives, selection_set=same.selection_set),
            )
        case ArgumentNode() | DirectiveNode() | ObjectFieldNode():
            yield node, REMOVE
        case ListValueNode(values=values):
            yield from ((each, REMOVE) for each in values)
        case FieldNode() if node.alias is not None:
            yield (
                node,
                FieldNode(
                    alias=None, name=node.name, arguments=node.arguments, directives=node.directives, selection_set=node.selection_set
                ),
            )
        case VariableDefinitionNode() if node.default_value is not None:
            yield node, VariableDefinitionNode(variable=node.variable, type=node.type, default_value=None, directives=node.directives)


def _children(node: Node) -> Iterator[Node]:
    for key in node.keys:
        found = getattr(node, key, None)
        if isinstance(found, Node):
            yield found
        elif isinstance(found, tuple | list):
            yield from (each for each in found if isinstance(each, Node))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _without_unused(document: DocumentNode, query: Query) -> Query:
    """The document as a query, without the fragments, variables and values that nothing uses any more."""
    while True:
        spread = {each.name.value for each in _nodes(document) if isinstance(each, FragmentSpreadNode)}
        kept = tuple(each for each in document.definitions if not isinstance(each, FragmentDefinitionNode) or each.name.value in spread)
        if len(kept) == len(document.definitions):
            break
        document = DocumentNode(definitions=kept)
    declared = {each.variable for each in _nodes(document) if isinstance(each, VariableDefinitionNode)}
    used = {each.name.value for each in _nodes(document) if isinstance(each, VariableNode) and not any(each is one for one in declared)}
    for each in [each for each in _nodes(document) if isinstance(each, VariableDefinitionNode) and each.variable.name.value not in used]:
        document = visit(document, Replacing((each, REMOVE)))
    names = [each.name and each.name.value for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return Query(
        print_ast(document),
        {name: value for name, value in query.variables.items() if name in used},
        query.name if query.name in names and len(names) > 1 else None,
    )


def difference(left: bytes, right: bytes) -> str:
    """Where two answers first differ, for a person; "" when they are equal."""
    if left == right:
        return ""
    found = _difference(json.loads(left), json.loads(right), "answer")
    place = next((place for place, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), min(len(left), len(right)))
    return found or f"only the text differs, at byte {place}: {left[place - 40 : place + 40]!r} and {right[place - 40 : place + 40]!r}"


def _difference(left: Any, right: Any, place: str) -> str:
    if isinstance(left, dict) and isinstance(right, dict):
        if list(left) != list(right):
            return f"{place} has the members {list(left)} and {list(right)}"
        pairs = [(f"{place}.{key}", left[key], right[key]) for key in left]
    elif isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return f"{place} has {len(left)} and {len(right)} items"
        pairs = [(f"{place}[{index}]", *pair) for index, pair in enumerate(zip(left, right, strict=True))]
    else:
        return "" if left == right and type(left) is type(right) else f"{place} is {left!r} and {right!r}"
    return next((found for where, one, other in pairs if (found := _difference(one, other, where))), "")
