"""The variables of an operation, read as graphql-core reads them; plain values without its machinery."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema, NamedTypeNode, NonNullTypeNode, OperationDefinitionNode, VariableDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

# Whether a value is one of a type, and stays what it is when it is coerced.
PLAIN: dict[str, Callable[[Any], bool]] = {
    "Int": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
}


class Variables:
    """Reads what was given for an operation's variables."""

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
