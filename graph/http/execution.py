"""The way from a document to its answer: found, told which operation is meant, executed within its time."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive
from strawberry.exceptions import MissingQueryError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from graph.events import Event
from graph.http.codes import Schema, error_of
from graph.http.deadlines import TimedOut, within
from graph.http.documents import CachedDocument
from models.errors import TooCostly

Answer = bytes | ExecutionResult
"The response object: as JSON already, or as what it is made from."

Execute = Callable[[CachedDocument, str | None, dict[str, Any] | None, Any], Awaitable[Answer]]
"Answers an operation (document, operation's name, variables, context) that is a query or a mutation and has been validated."

Tell = Callable[[CachedDocument, str | None, dict[str, Any] | None, Any, Event], Awaitable[bytes | None]]
"Answers an event of a subscription; None when graphql-core has to."

Check = Callable[[CachedDocument, str | None, dict[str, Any] | None, Any], None]
"Raises TooCostly for an operation that asks for too much."


class Execution:
    """What the ways in (HTTP, streams, sockets) have in common."""

    def __init__(
        self,
        schema: Schema,
        execute: Execute | None = None,
        tell: Tell | None = None,
        check: Check | None = None,
        *,
        seconds: float = 30,
    ) -> None:
        self.schema = schema
        self.execute = execute or self._by_schema
        self.tell = tell or _by_core
        self.check = check or _nothing
        self.seconds = seconds

    def find(self, text: str) -> CachedDocument:
        """The document of a text; raises Unexecutable."""
        if not text:
            raise MissingQueryError
        return self.schema.documents.find(text)

    async def in_time(self, work: Awaitable[Answer], *, seconds: float | None = None, receive: Receive | None = None) -> Answer:
        """The answer, or the error that the time was up or too much asked for.

        With `receive`, raises ClientDisconnect when the client has left.
        """
        try:
            return await within(seconds or self.seconds, work, receive)
        except (TimedOut, TooCostly) as problem:
            return PreExecutionError(data=None, errors=[error_of(problem)])

    async def _by_schema(self, document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: object) -> Answer:
        return await self.schema.execute(document.text, variable_values=variables, context_value=context, operation_name=name)


async def _by_core(
    _document: CachedDocument, _name: str | None, _variables: dict[str, Any] | None, _context: object, _event: Event
) -> None:
    return None


def _nothing(_document: CachedDocument, _name: str | None, _variables: dict[str, Any] | None, _context: object) -> None:
    return None
