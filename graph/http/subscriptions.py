"""Subscriptions: the events of a source, each answered by itself, under the rights of its moment."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError, GraphQLResolveInfo
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.utils.str_converters import to_snake_case

from graph.events import Event
from graph.http.codes import error_of, tell
from graph.http.documents import CachedDocument
from graph.http.execution import Answer, Execution
from graph.http.rights import Follower
from models.errors import Forbidden, TooCostly, Unauthenticated

# Of an event of which nothing else is told: those that follow would be no better.
FINAL = {Unauthenticated.code, Forbidden.code}


class Subscription:
    """One subscription of a follower."""

    def __init__(
        self, execution: Execution, document: CachedDocument, name: str | None, variables: dict[str, Any] | None, follower: Follower
    ) -> None:
        self._execution = execution
        self._document = document
        self._name = name
        self._variables = variables
        self._follower = follower

    async def answers(self) -> AsyncGenerator[Answer, None]:
        """An answer for each event. Raises Unauthenticated when the session has ended."""
        try:
            self._execution.check(self._document, self._name, self._variables, await self._follower.context())
        except TooCostly as problem:
            yield _refused([error_of(problem)])
            return
        with ExitStack() as needed:
            executor = await self._executor(needed)
            source = executor if isinstance(executor, list) else await _source(executor)
            if isinstance(executor, list) or isinstance(source, list):
                yield _refused(source)
                return
            async with aclosing(source):
                async for answer in self._answers(executor, source):
                    yield answer

    async def _executor(self, needed: ExitStack) -> "Executor[Any] | list[GraphQLError]":
        """graphql-core's executor of the operation, or what is wrong with its variables."""

        def source_of(_root: object, info: "GraphQLResolveInfo[Any]", **given: Any) -> Any:
            """The source of a field that declares its events; Strawberry's own subscriptions bring theirs."""
            root = info.parent_type.fields[info.field_name].extensions["strawberry-definition"].root
            needed.enter_context(self._follower.requiring(root.target.model.read_permission))
            return root.events(info.context, **{to_snake_case(name): value for name, value in given.items()})

        return ExecutorThrowingOnIncremental.build(
            self._execution.schema._schema,
            self._document.ast,
            context_value=await self._follower.context(),
            raw_variable_values=self._variables,
            operation_name=self._name,
            subscribe_field_resolver=source_of,
        )

    async def _answers(self, executor: "Executor[Any]", source: Any) -> AsyncGenerator[Answer, None]:
        events = aiter(source)
        while True:
            try:
                event = await anext(events)
            except StopAsyncIteration:
                return
            except Exception as problem:
                yield ExecutionResult(data=None, errors=[error_of(problem)])
                return
            context = await self._follower.context()
            answer = await self._answer(executor, event, context)
            if not _is_absent(event):
                yield answer
            if _is_last(event, answer):
                return

    async def _answer(self, executor: "Executor[Any]", event: Any, context: Any) -> Answer:
        """What is told of one event. That it fails is told, too, and says nothing of those that follow."""
        try:
            if isinstance(event, Event):
                planned = await self._execution.tell(self._document, self._name, self._variables, context, event)
                if planned is not None:
                    return planned
            each = executor.build_per_event_executor(event)
            each.context_value = context
            result: Any = execute_subscription_event(each)
            if isawaitable(result):
                result = await result
        except Exception as problem:
            return ExecutionResult(data=None, errors=[error_of(problem)])
        tell(result.errors or ())
        return ExecutionResult(data=result.data, errors=result.errors)


async def _source(executor: "Executor[Any]") -> Any:
    """The source of events, or the errors for which there is none."""
    source: Any = create_source_event_stream(executor)
    if isawaitable(source):
        source = await source
    return source.errors if isinstance(source, CoreResult) else source


def _refused(errors: list[GraphQLError]) -> PreExecutionError:
    tell(errors)
    return PreExecutionError(data=None, errors=errors)


def _is_absent(event: object) -> bool:
    return isinstance(event, Event) and event.is_absent


def _is_last(event: object, answer: Answer) -> bool:
    if isinstance(event, Event) and event.is_last:
        return True
    if isinstance(answer, bytes) or answer.data is not None:
        return False
    return any((error.extensions or {}).get("code") in FINAL for error in answer.errors or ())
