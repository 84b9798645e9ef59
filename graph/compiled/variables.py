"""The variables of an operation, read as graphql-core reads them; plain values without its machinery."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from graphql import GraphQLSchema, NamedTypeNode, NonNullTypeNode, OperationDefinitionNode, VariableDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from models.errors import TooCostly

# Whether a value is one of a type, and stays what it is when it is coerced.
PLAIN: dict[str, Callable[[Any], bool]] = {
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
}

# Reading a value takes graphql-core two microseconds, an input object twenty.
MOST_VALUES = 10_000
MOST_OBJECTS = 2_000
MOST_LEVELS = 20


class Variables:
    """Reads what was given for an operation's variables; raises TooCostly when that is too much to be read in reasonable time."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._plain = [_plain(each) for each in self._definitions]
        self._switches = [each.variable.name.value for each in self._definitions if _name(each) == "Boolean"]

    def read(self, given: dict[str, Any]) -> VariableValues | None:
        """The values, or None when some are not what the operation declares."""
        coerced: dict[str, Any] = {}
        for name, is_plain, nullable in self._plain:
            value = given.get(name)
            if value is None:
                if not nullable:
                    return self._coerced(given)
                if name in given:
                    coerced[name] = None
            elif is_plain is not None and is_plain(value):
                coerced[name] = value
            else:
                return self._coerced(given)
        return VariableValues({}, coerced)

    def switches(self, values: VariableValues) -> tuple[bool | None, ...]:
        """The values that @skip and @include may depend on."""
        return tuple([values.coerced.get(name) for name in self._switches])

    def _coerced(self, given: dict[str, Any]) -> VariableValues | None:
        check_size(given)
        found = get_variable_values(self._schema, self._definitions, given)
        return found if isinstance(found, VariableValues) else None


def _plain(definition: VariableDefinitionNode) -> tuple[str, Callable[[Any], bool] | None, bool]:
    """A variable's name, the check of its plain values if it has any, and whether it may be left out or null without more ado."""
    name = definition.variable.name.value
    return name, PLAIN.get(_name(definition)), definition.default_value is None and not isinstance(definition.type, NonNullTypeNode)


def _name(definition: VariableDefinitionNode) -> str:
    """The name of the variable's type; none for a list."""
    type_ = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
    return type_.name.value if isinstance(type_, NamedTypeNode) else ""


def check_size(given: dict[str, Any]) -> None:
    """Raises TooCostly for variables with too many values, objects or levels; stops counting there."""
    values = objects = 0
    level: list[Any] = [given]
    for _ in range(MOST_LEVELS):
        values += sum(len(each) for each in level)
        objects += sum(isinstance(each, dict) for each in level)
        if values > MOST_VALUES:
            raise _too_many("values", MOST_VALUES)
        if objects > MOST_OBJECTS:
            raise _too_many("objects", MOST_OBJECTS)
        inner = chain.from_iterable(each.values() if isinstance(each, dict) else each for each in level)
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return
    raise _too_many("levels", MOST_LEVELS)


def _too_many(what: str, most: int) -> TooCostly:
    return TooCostly(f"The variables have more than {most:,} {what}, the most that is taken; send less at once.")
