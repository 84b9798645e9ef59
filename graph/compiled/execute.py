"""Which way a query goes: planned and carried out, or left to graphql-core."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from graph.compiled.execution import Carrying, Code
from graph.compiled.outputs import Plan, RootField, Unplanned
from graph.compiled.selecting import Selecting
from graph.context import Context
from graph.kit.declared import Declared
from models.errors import Refused

# Plans kept for one document: it may have several operations, and several sets of values for @skip and @include.
PLANS = 50


class Document(Protocol):
    """A validated document, and a place where what it is compiled to lives as long as it does."""

    @property
    def ast(self) -> DocumentNode: ...

    @property
    def plans(self) -> dict[Any, Any]: ...


@dataclass(frozen=True, eq=False)
class Planned:
    """A document on its own, outside the endpoint."""

    ast: DocumentNode
    plans: dict[Any, Any] = field(default_factory=dict)


@dataclass
class Kept:
    """A plan, and what it was compiled to; None when the operation cannot be planned."""

    plan: Plan | None
    codes: dict[str, Code] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a plan answered, and the statements that it took, each with its values."""

    data: dict[str, Any]
    statements: list[tuple[str, list[Any]]]
    codes: dict[str, Code]


class Compiler:
    """Answers queries of a schema by plans; counts those it answered and those it left to graphql-core."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.answered = 0
        self.left = 0

    async def execute(self, document: Document, name: str | None, given: dict[str, Any] | None, context: Context) -> Answer | None:
        """The answer to a query, or None when graphql-core has to give it.

        What ends in an error goes to graphql-core too: its answer says where each error belongs.
        """
        operation = operation_of(document.ast, name)
        if operation is None or operation.operation is not OperationType.QUERY:
            return None
        answer = await self._answer(document, operation, given or {}, context)
        if answer is None:
            self.left += 1
        else:
            self.answered += 1
        return answer

    async def _answer(
        self, document: Document, operation: OperationDefinitionNode, given: dict[str, Any], context: Context
    ) -> Answer | None:
        services, viewer = context.services, context.viewer
        if viewer is None or services.pool is None or services.configuration is None:
            return None
        variables = get_variable_values(self._schema, operation.variable_definitions or (), given)
        if not isinstance(variables, VariableValues):
            return None
        selecting = Selecting(self._schema, document.ast, variables)
        kept = self._kept(document, operation, selecting, viewer.permissions)
        plan = kept.plan
        if plan is None:
            return None

        def code_of(field: RootField, declared: Declared) -> Code:
            """The level of a type that an id names, which is known no sooner."""
            key = f"{field.key} {declared.name}"
            found = kept.codes.get(key)
            if found is None:
                level = selecting.level(declared, field.nodes)
                if not selecting.permissions <= viewer.permissions:
                    raise Unplanned
                found = kept.codes[key] = Code(level, 1)
            return found

        try:
            async with services.pool.acquire() as connection:
                return await carried(kept, Carrying(connection, services.configuration, context, variables, code_of), connection)
        except (Unplanned, Refused, GraphQLError):
            return None

    def _kept(self, document: Document, operation: OperationDefinitionNode, selecting: Selecting, permissions: frozenset[str]) -> Kept:
        name = operation.name.value if operation.name else None
        key = (name, selecting.switches, permissions)
        found: Kept | None = document.plans.get(key)
        if found is None:
            if len(document.plans) >= PLANS:
                document.plans.clear()
            found = document.plans[key] = planned(selecting, operation, permissions)
        return found


async def carried(kept: Kept, carrying: Carrying, connection: Any) -> Answer:
    plan = kept.plan
    if plan is None:
        raise Unplanned
    if plan.is_single:
        return Answer(await carrying.data(plan, kept.codes), carrying.statements, kept.codes)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return Answer(await carrying.data(plan, kept.codes), carrying.statements, kept.codes)


def planned(selecting: Selecting, operation: OperationDefinitionNode, permissions: frozenset[str]) -> Kept:
    try:
        plan = selecting.plan(operation)
    except Unplanned:
        return Kept(None)
    if not plan.permissions <= permissions:
        return Kept(None)
    return Kept(plan, {each.key: Code(each.level, 0) for each in plan.fields if each.level is not None})


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((each for each in operations if each.name and each.name.value == name), None)
