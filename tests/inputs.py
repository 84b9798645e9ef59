"""Arguments of generated queries: values of input types, written as literals, as variables, or as both."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    get_nullable_type,
    is_required_input_field,
)

from tests.samples import Samples, quoted

VARIABLE = 0.12
NULL = 0.04
# Operators that take a part of a text.
PARTS = {"contains": slice(1, 4), "startsWith": slice(0, 3)}


@dataclass
class Inputs:
    """The variables of one operation, and how its arguments are made."""

    random: Random
    samples: Samples
    types: list[str]
    definitions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def argument(self, kind: GraphQLInputType, place: str, *, defaulted: bool = False) -> str:
        """A value for an argument as the document writes it; `defaulted` when it may be left out although it cannot be null."""
        return self.written(kind, self.value(kind, place, 0), defaulted=defaulted)

    def value(self, kind: GraphQLInputType, place: str, depth: int) -> Any:
        """A value in the terms of JSON. The place, as in Client.email, says what it is compared with."""
        if not isinstance(kind, GraphQLNonNull) and self.random.random() < NULL:
            return None
        bare = get_nullable_type(kind)
        match bare:
            case GraphQLList():
                return [self.value(bare.of_type, place, depth) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
            case GraphQLEnumType():
                return self.random.choice(list(bare.values))
            case GraphQLInputObjectType():
                return self._object(bare, place, depth)
        assert isinstance(bare, GraphQLScalarType)
        if bare.name == "ID":
            return self.samples.id(self.random, place.partition(".")[0], self.types)
        return self.samples.value(self.random, place, bare.name)

    def _object(self, kind: GraphQLInputObjectType, place: str, depth: int) -> dict[str, Any]:
        is_filter = "and" in kind.fields
        possible = [name for name in kind.fields if depth < 3 or name not in ("and", "or", "not")]
        wanted = self.random.sample(possible, min(len(possible), self.random.choice([0, 1, 1, 2, 2, 3, 4])))
        wanted += [name for name, each in kind.fields.items() if is_required_input_field(each) and name not in wanted]
        made: dict[str, Any] = {}
        for name in wanted:
            self.used.add(f"{kind.name}.{name}")
            below = f"{kind.name.removesuffix('Filter')}.{name}" if is_filter else place
            found = self.value(kind.fields[name].type, below, depth + 1)
            made[name] = found[PARTS[name]] if name in PARTS and isinstance(found, str) else found
        return made

    def written(self, kind: GraphQLInputType, value: Any, *, defaulted: bool = False) -> str:
        """The value as a literal, with variables in places; the whole may be one."""
        if self.random.random() < VARIABLE:
            return self._variable(kind, value, defaulted=defaulted)
        if value is None:
            return "null"
        bare = get_nullable_type(kind)
        match bare:
            case GraphQLList():
                return "[" + ", ".join(self.written(bare.of_type, each) for each in value) + "]"
            case GraphQLInputObjectType():
                fields = bare.fields
                members = (
                    f"{name}: {self.written(fields[name].type, each, defaulted=fields[name].default_value is not Undefined)}"
                    for name, each in value.items()
                )
                return "{" + ", ".join(members) + "}"
            case GraphQLEnumType():
                return str(value)
        return literal(value)

    def _variable(self, kind: GraphQLInputType, value: Any, *, defaulted: bool) -> str:
        """A variable that holds the value, or has it as its default, or is left out, or is null."""
        name = f"v{len(self.definitions) + 1}"
        bare = get_nullable_type(kind)
        roll = self.random.random()
        if value is not None and roll < 0.3:
            self.definitions.append(f"${name}: {bare} = {constant(bare, value)}")
            if roll < 0.1:
                self.values[name] = self._other(value)
        elif isinstance(kind, GraphQLNonNull) and not defaulted:
            self.definitions.append(f"${name}: {bare}!")
            self.values[name] = self._other(value)
        else:
            self.definitions.append(f"${name}: {bare}")
            if roll < 0.9:
                self.values[name] = None if roll > 0.85 else self._other(value)
        return f"${name}"

    def _other(self, value: Any) -> Any:
        """The value, or seldom one that no type here takes."""
        return {"no": ["such value"]} if self.random.random() < 0.01 else value

    def boolean(self, *, value: bool) -> str:
        """A condition of @skip or @include."""
        return self.written(GraphQLNonNull(GraphQLBoolean), value)


def constant(kind: Any, value: Any) -> str:
    """The value as a literal without variables, as defaults are."""
    if value is None:
        return "null"
    kind = get_nullable_type(kind)
    match kind:
        case GraphQLList():
            return "[" + ", ".join(constant(kind.of_type, each) for each in value) + "]"
        case GraphQLInputObjectType():
            return "{" + ", ".join(f"{name}: {constant(kind.fields[name].type, each)}" for name, each in value.items()) + "}"
        case GraphQLEnumType():
            return str(value)
    return literal(value)


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else str(value)
