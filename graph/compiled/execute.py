"""Which way a query goes: planned and carried out, or left to graphql-core."""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Any, Protocol

import orjson
from graphql import DocumentNode, FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues

from graph.compiled.budget import Budget
from graph.compiled.code import Code
from graph.compiled.cost import OperationCost
from graph.compiled.execution import Carrying
from graph.compiled.outputs import Plan, Unplanned
from graph.compiled.selecting import Selecting
from graph.compiled.variables import Variables
from graph.context import Context
from graph.events import Event
from graph.kit.declared import Declared
from loaders.lru_cache import LruCache
from models.access import Viewer
from models.errors import Refused, TooCostly

# Bytes of plans and costs that are kept, by an estimate: a plan takes 150 to 300 for each character of its document, with the part of the
# syntax tree that it holds; a cost takes up to 10 (as tracemalloc counts).
KEPT = 64 * 1024**2
LEAST = 1_000
PER_CHARACTER = 300
COST_PER_CHARACTER = 10

numbers = count()


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


class Way(Enum):
    """How queries were answered: by plans, or by graphql-core for a reason."""

    COMPILED = "compiled"
    UNSIGNED = "nobody had signed in"
    REFUSED = "it would end in an error, or what it needs was not in memory"
    FORBIDDEN = "a permission is missing"
    UNPLANNED = "no plan takes it"


@dataclass
class Kept:
    """A plan, and what it was compiled to; without one, why."""

    plan: Plan | None
    cost: OperationCost
    codes: dict[str, Code] = field(default_factory=dict)
    why: Way = Way.COMPILED


@dataclass(frozen=True)
class Operation:
    """What is kept of an operation with its document: how its variables are read, and by what its plans are found and measured."""

    node: OperationDefinitionNode
    variables: Variables
    length: int
    number: int = field(default_factory=numbers.__next__)


@dataclass(frozen=True)
class Answer:
    """What a plan answered: a response object as JSON, and the statements that it took, each with its values."""

    json: bytes
    statements: list[tuple[str, list[Any]]]
    codes: dict[str, Code]

    @property
    def data(self) -> Any:
        return orjson.loads(self.json)["data"]


class Compiler:
    """Answers queries of a schema by plans; counts those it answered, and why it left others to graphql-core."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        # By the operation, the values of @skip and @include, and the viewer's permissions.
        self._plans: LruCache[Any, Kept] = LruCache(KEPT)
        self._costs: LruCache[Any, OperationCost] = LruCache(KEPT // 8)
        self.ways: Counter[Way] = Counter()

    async def execute(
        self, document: Document, name: str | None, given: dict[str, Any] | None, context: Context, event: Event | None = None
    ) -> Answer | None:
        """The answer to a query, or to an event of a subscription; None when graphql-core has to give it.

        Raises TooCostly for what is more than the limits allow. What ends in another error goes to graphql-core too: its answer says
        where each error belongs.
        """
        operation = self._operation(document, name)
        if operation is None:
            return None
        variables = operation.variables.read(given or {})
        is_planned = operation.node.operation is (OperationType.QUERY if event is None else OperationType.SUBSCRIPTION)
        if variables is not None and (not is_planned or context.viewer is None):
            self._cost(document, operation, variables).check(variables.coerced, context.limits.cost)
        if not is_planned:
            return None
        if context.viewer is None:
            found: Answer | Way = Way.UNSIGNED
        elif variables is None:
            found = Way.REFUSED
        else:
            kept, cost = self._plan(document, operation, variables, context, context.viewer)
            found = await Carried(self._schema, document, kept, variables, context.viewer).answer(context, cost, event)
        self.ways[found if isinstance(found, Way) else Way.COMPILED] += 1
        return None if isinstance(found, Way) else found

    def check(self, document: Document, name: str | None, given: dict[str, Any] | None, context: Context) -> None:
        """Raises TooCostly when an operation may read more rows than the limits allow, before it is begun."""
        operation = self._operation(document, name)
        if operation is not None and (variables := operation.variables.read(given or {})) is not None:
            self._cost(document, operation, variables).check(variables.coerced, context.limits.cost)

    def _cost(self, document: Document, operation: Operation, variables: VariableValues) -> OperationCost:
        key = (operation.number, operation.variables.switches(variables))
        cost = self._costs.get(key)
        if cost is None:
            cost = OperationCost(self._schema, document.ast, operation.node, variables)
            self._costs.put(key, cost, LEAST + COST_PER_CHARACTER * operation.length)
        return cost

    def _plan(
        self, document: Document, operation: Operation, variables: VariableValues, context: Context, viewer: Viewer
    ) -> tuple[Kept, int]:
        """The plan of a query, and the rows that it may read. Raises TooCostly before anything is planned."""
        key = (operation.number, operation.variables.switches(variables), viewer.permissions)
        found = self._plans.get(key)
        if found is None:
            cost = self._cost(document, operation, variables)
            cost.check(variables.coerced, context.limits.cost)
            found = planned(Selecting(self._schema, document.ast, variables), operation.node, viewer.permissions, cost)
            self._plans.put(key, found, LEAST + PER_CHARACTER * operation.length)
        return found, found.cost.check(variables.coerced, context.limits.cost)

    def _operation(self, document: Document, name: str | None) -> Operation | None:
        found: Operation | None = document.plans.get(name)
        if found is None:
            node = operation_of(document.ast, name)
            if node is not None:
                length = document.ast.loc.end if document.ast.loc is not None else 0
                found = document.plans[name] = Operation(node, Variables(self._schema, node), length)
        return found


class Carried:
    """One operation with its variables, for one viewer."""

    def __init__(self, schema: GraphQLSchema, document: Document, kept: Kept, variables: VariableValues, viewer: Viewer) -> None:
        self._schema = schema
        self._document = document
        self._kept = kept
        self._variables = variables
        self._viewer = viewer

    async def answer(self, context: Context, cost: int, event: Event | None) -> Answer | Way:
        """The answer, or why graphql-core has to give it; `cost` is the number of rows that it may read."""
        kept, services = self._kept, context.services
        if kept.plan is None:
            return kept.why
        if services.pool is None or services.configuration is None:
            return Way.REFUSED
        budget = Budget(context.limits, is_sure=cost <= context.limits.rows)
        carrying = Carrying(services.configuration, context, self._viewer, self._variables, self._code_of, budget)
        carrying.event = event
        try:
            if kept.plan.reads_nothing:
                data = await carrying.data(kept.plan, kept.codes)
            else:
                plan = kept.plan
                data = await services.pool.read(lambda connection: carrying.read(connection, plan, kept.codes))
        except TooCostly:
            raise
        except (Unplanned, Refused, GraphQLError):
            return Way.REFUSED
        return Answer(budget.json({"data": data}), carrying.statements, kept.codes)

    def _code_of(self, key: str, nodes: list[FieldNode], declared: Declared) -> Code:
        key = f"{key} {declared.name}"
        found = self._kept.codes.get(key)
        if found is None:
            selecting = Selecting(self._schema, self._document.ast, self._variables, key)
            level = selecting.level(declared, nodes)
            if not selecting.permissions <= self._viewer.permissions:
                raise Unplanned
            found = self._kept.codes[key] = Code(level, key=level.source.key_type())
        return found


def planned(selecting: Selecting, operation: OperationDefinitionNode, permissions: frozenset[str], cost: OperationCost) -> Kept:
    try:
        plan = selecting.plan(operation)
    except Unplanned:
        return Kept(None, cost, why=Way.UNPLANNED)
    if not plan.permissions <= permissions:
        return Kept(None, cost, why=Way.FORBIDDEN)
    return Kept(plan, cost, {each.key: Code(each.level, each.connection) for each in plan.fields if each.level is not None})


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((each for each in operations if each.name and each.name.value == name), None)
