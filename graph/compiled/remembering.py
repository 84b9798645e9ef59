"""Configuration within a plan: rows that come from memory, and what is shown of them."""

from typing import Any

from graphql import FieldNode

from graph.compiled.asking import Asking
from graph.compiled.outputs import Constant, Level, Memory, Output, Remembered, Unplanned
from graph.kit.declared import Column, Computed, Declared, Listed, One, Values, declared_of
from graph.kit.registry import NAMES
from loaders.kinds import kind_of
from loaders.relations import Relation
from loaders.selection import attribute, primary_key
from loaders.sources import Source


class Remembering(Asking):
    """Plans what comes from memory."""

    def _remembered_path(self, level: Level, source: Source, each: One, nodes: list[FieldNode]) -> Output:
        """A configuration row behind another: `product.group` of an account, both in memory."""
        first, *rest = each.path
        if not all(is_remembered(step) for step in rest):
            raise Unplanned
        between = declared_of(NAMES[first.target.__name__])
        self._permit(between)
        inner = One(tuple(rest), each.description, each.nullable)
        memory = self._remember(between)
        memory.members = {"": self._memory_one(memory, inner, nodes)}
        level.memories.append(memory)
        return Remembered(len(level.memories) - 1, source.ref(first.local), each.nullable)

    def _remember(self, declared: Declared) -> Memory:
        self._permit(declared)
        return Memory(declared, {}, {declared.model})

    def _memory(self, memory: Memory, declared: Declared, nodes: list[FieldNode]) -> dict[str, Any]:
        """What is shown of a configuration row, as outputs over a record."""
        self._permit(declared)
        memory.models.add(declared.model)
        members: dict[str, Any] = {}
        for key, same in self._below(nodes, declared).items():
            name = same[0].name.value
            if name == "__typename":
                members[key] = Constant(declared.name)
                continue
            if name == "id":
                members[key] = ("id", declared.name, primary_key(declared.model))
                continue
            each = declared.fields[name]
            match each:
                case Column(column):
                    members[key] = ("column", column, kind_of(attribute(declared.model, column)))
                case Values(column, type_):
                    members[key] = ("objects", column, self._small(type_, same))
                case One():
                    members[key] = self._memory_one(memory, each, same)
                case Listed(relation):
                    target = declared_of(NAMES[relation.target.__name__])
                    if relation.via is not None or not target.model.configuration:
                        raise Unplanned
                    members[key] = ("listed", relation, target, self._memory(memory, target, same))
                case Computed():
                    memory.calls.append(self._called(declared, name, same))
                    members[key] = ("call", memory.calls[-1])
                case _:
                    raise Unplanned
        return members

    def _memory_one(self, memory: Memory, each: One, nodes: list[FieldNode]) -> Any:
        first, *rest = each.path
        if not is_remembered(first):
            raise Unplanned
        target = declared_of(NAMES[first.target.__name__])
        if rest:
            self._permit(target)
            memory.models.add(target.model)
            inner = self._memory_one(memory, One(tuple(rest), each.description, each.nullable), nodes)
            return ("through", first, target, inner)
        return ("one", first, target, self._memory(memory, target, nodes))


def is_remembered(step: Relation) -> bool:
    """Whether a relation leads to one configuration row, by its primary key."""
    return bool(step.target.configuration) and step.via is None and step.remote_name == primary_key(step.target)
