"""Limits on documents, asked before validation, which is slower than its documents are long.

A fragment is measured once, however often it is spread, so the measuring itself is linear.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from models.errors import TooCostly

INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True)
class Guards:
    """The most that a document may hold, with its fragments in their places."""

    characters: int = 20_000
    tokens: int = 2_000
    depth: int = 12
    # The explorer's own query of the schema is 15 levels deep.
    introspection_depth: int = 20
    fields: int = 500
    spreads: int = 500
    aliases: int = 30
    duplicates: int = 8
    # Fields of one name at one place are compared by pairs: 8 in each of three levels would be a second's work.
    comparisons: int = 10_000
    mutations: int = 4


@dataclass(frozen=True)
class Measure:
    """What a selection comes to."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    spreads: int = 0
    aliases: int = 0


def parsed(text: str, guards: Guards) -> DocumentNode:
    """The document of a text that is within the limits; raises TooCostly, or GraphQLSyntaxError."""
    if len(text) > guards.characters:
        raise _too_many("characters", len(text), guards.characters)
    try:
        document = parse(text, max_tokens=guards.tokens)
        _Measured(document, guards).check()
    except GraphQLSyntaxError as problem:
        # So graphql-core says that there are too many tokens, or levels.
        if problem.description.startswith("Document "):
            raise TooCostly(f"{problem.description} At most {guards.tokens:,} tokens and {guards.depth} levels are taken.") from problem
        raise
    except RecursionError as problem:
        raise TooCostly(f"The document is nested far deeper than {guards.depth} levels, the most that is taken.") from problem
    return document


class _Measured:
    """A document and the measures of its fragments."""

    def __init__(self, document: DocumentNode, guards: Guards) -> None:
        self.guards = guards
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self.measures: dict[str, Measure] = {}
        self.within: set[str] = set()

    def check(self) -> None:
        guards = self.guards
        roots = [node.selection_set for node in self.operations]
        measures = [self.of(each) for each in roots]
        # Validation looks at fragments that nothing spreads, too.
        for name, node in self.fragments.items():
            if name not in self.measures:
                roots.append(node.selection_set)
                measures.append(self._of_fragment(name))
        total = _together(measures)
        for name in ("depth", "introspection_depth", "fields", "spreads", "aliases"):
            if getattr(total, name) > getattr(guards, name):
                raise _too_many(name.replace("_", " "), getattr(total, name), getattr(guards, name))
        written = [node.selection_set for node in self.operations if node.operation is OperationType.MUTATION]
        mutations = sum(len(self.flat([each])) for each in written)
        if mutations > guards.mutations:
            raise _too_many("mutations", mutations, guards.mutations)
        comparisons = sum(self.comparisons([each]) for each in roots)
        if comparisons > guards.comparisons:
            raise _too_many("comparisons of fields with the same name", comparisons, guards.comparisons)

    def of(self, selections: SelectionSetNode) -> Measure:
        """The measure of a selection. A field that is repeated in it is refused at once."""
        parts = []
        names: Counter[str] = Counter()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                names[(node.alias or node.name).value] += 1
                parts.append(self._of_field(node))
            elif isinstance(node, FragmentSpreadNode):
                parts.append(self._of_fragment(node.name.value))
            elif isinstance(node, InlineFragmentNode):
                inner = self.of(node.selection_set)
                parts.append(Measure(inner.depth, inner.introspection_depth, inner.fields, inner.spreads + 1, inner.aliases))
        for name, number in names.items():
            if number > self.guards.duplicates:
                raise _too_many(f"times {name!r} in one place", number, self.guards.duplicates)
        return _together(parts)

    def _of_field(self, node: FieldNode) -> Measure:
        inner = self.of(node.selection_set) if node.selection_set else Measure()
        depth, introspection_depth = 1 + inner.depth, inner.introspection_depth
        if node.name.value in INTROSPECTION:
            depth, introspection_depth = 1, depth
        return Measure(depth, introspection_depth, 1 + inner.fields, inner.spreads, (node.alias is not None) + inner.aliases)

    def _of_fragment(self, name: str) -> Measure:
        fragment = self.fragments.get(name)
        if fragment is None:  # which is for validation to refuse
            return Measure()
        if name not in self.measures:
            if name in self.within:
                raise GraphQLError(f"Cannot spread fragment {name!r} within itself.", fragment)
            self.within.add(name)
            inner = self.of(fragment.selection_set)
            self.measures[name] = Measure(inner.depth, inner.introspection_depth, inner.fields, inner.spreads + 1, inner.aliases)
        return self.measures[name]

    def comparisons(self, together: list[SelectionSetNode]) -> int:
        """How many pairs of fields validation compares among selections that are merged."""
        named: dict[str, list[FieldNode]] = {}
        for node in self.flat(together):
            named.setdefault((node.alias or node.name).value, []).append(node)
        pairs = 0
        for nodes in named.values():
            pairs += len(nodes) * (len(nodes) - 1) // 2
            if inner := [node.selection_set for node in nodes if node.selection_set]:
                pairs += self.comparisons(inner)
        return pairs

    def flat(self, together: list[SelectionSetNode]) -> list[FieldNode]:
        """The fields of selections with those of their fragments; each fragment once, as validation does it."""
        return list(self._flat(together, set()))

    def _flat(self, together: list[SelectionSetNode], seen: set[str]) -> Iterator[FieldNode]:
        for selections in together:
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    yield from self._flat([node.selection_set], seen)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen and node.name.value in self.fragments:
                    seen.add(node.name.value)
                    yield from self._flat([self.fragments[node.name.value].selection_set], seen)


def _together(parts: list[Measure]) -> Measure:
    return Measure(
        max((part.depth for part in parts), default=0),
        max((part.introspection_depth for part in parts), default=0),
        sum(part.fields for part in parts),
        sum(part.spreads for part in parts),
        sum(part.aliases for part in parts),
    )


def _too_many(what: str, number: int, most: int) -> TooCostly:
    return TooCostly(f"The document has {number:,} {what}, but at most {most:,} are taken; ask for less at once.")
