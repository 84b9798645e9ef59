"""The GraphQL endpoint: queries and mutations over HTTP, subscriptions over WebSockets, event streams and multipart."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from graph.http.accepts import EVENTS, JSON, PAGE, PARTS, RESPONSE, STREAMS, form_of, stream_of
from graph.http.answers import response_of
from graph.http.codes import UNAVAILABLE, error_of
from graph.http.documents import CachedDocument, Unexecutable
from graph.http.execution import Answer, Execution
from graph.http.operations import Limits, Operation, brings_files, operation_of, operation_with_files
from graph.http.persisted import Persisted
from graph.http.refusals import Refusal, refusal_of, unavailable
from graph.http.rights import Rights
from graph.http.sockets import Sockets
from graph.http.streams import Stream
from graph.http.subscriptions import Subscription
from graph.http.visits import Visit, visit_of
from models.errors import Refused

ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
# A GET with one of these asks for an answer; without any, a browser gets the page.
ASKS = {"query", "extensions"}


class Endpoint:
    """An ASGI application that executes operations of a schema, each with a context of its own."""

    def __init__(
        self,
        execution: Execution,
        rights: Rights,
        page: Callable[[], Response],
        *,
        limits: Limits,
        allowed_origins: Sequence[str],
    ) -> None:
        self.context_of = rights.context_of
        self.page = page
        self.limits = limits
        self.execution = execution
        self.persisted = Persisted()
        self.rights = rights
        self.sockets = Sockets(execution, rights, allowed_origins)
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        # Starlette's headers look through all of them for each. Of several with one name the first counts, as there.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        try:
            await self._answer(request, headers, send)
        except Refusal as refusal:
            await refusal.response()(scope, receive, send)
        except Refused as refused:
            await refusal_of(refused).response()(scope, receive, send)

    async def close(self) -> None:
        """Ends sockets and streams so that their clients connect again; requests under way are left to finish."""
        self.closing.set()
        await self.sockets.close("server is restarting")

    async def _answer(self, request: Request, headers: Mapping[str, str], send: Send) -> None:
        accept, method = headers.get("accept", ""), request.scope["method"]
        if method not in ALLOWED:
            raise Refusal(405, f"{method} is not taken here; use POST, or GET for queries.", headers={"allow": "GET, POST"})
        if method == "GET" and not ASKS & request.query_params.keys() and form_of(accept, JSON, RESPONSE, PAGE) == PAGE:
            await self.page()(request.scope, request.receive, send)
            return
        # Before the body: who may not come in does not get to send two gigabytes first.
        context = await self.context_of(visit_of(headers, request.scope.get("client")))
        if method == "POST" and brings_files(headers):
            async with operation_with_files(request, self.limits, signed_in=context.viewer is not None) as operation:
                response = await self._response(request, headers, operation, context)
                await response(request.scope, request.receive, send)
        else:
            operation = await operation_of(request, headers, self.limits)
            response = await self._response(request, headers, operation, context)
            await response(request.scope, request.receive, send)

    async def _response(self, request: Request, headers: Mapping[str, str], operation: Operation, context: object) -> Response:
        accept = headers.get("accept", "")
        form = form_of(accept, JSON, RESPONSE, EVENTS, PARTS)
        encoding = headers.get("accept-encoding", "")
        try:
            document = self.execution.find(self.persisted.text_of(operation))
        except Unexecutable as problem:
            return self._told(PreExecutionError(data=None, errors=problem.errors), form, encoding)
        self.persisted.keep(operation)
        try:
            kind = document.operation_type(operation.name)
        except CannotGetOperationTypeError as problem:
            if form in STREAMS:
                return self._told(PreExecutionError(data=None, errors=[error_of(problem)]), form, encoding)
            raise Refusal(400, problem.as_http_error_reason()) from problem
        if kind is OperationType.SUBSCRIPTION:
            return self._stream(operation, document, visit_of(headers, request.scope.get("client")), _stream_for(form, accept))
        if kind not in ALLOWED[request.scope["method"]]:
            raise Refusal(405, "A mutation must be sent by POST.", headers={"allow": "POST"})
        work = self.execution.execute(document, operation.name, operation.variables, context)
        if kind is OperationType.QUERY:
            done = await self.execution.in_time(work, receive=request.receive)
        else:
            # Whoever sends a mutation and leaves still means it.
            done = await self.execution.in_time(work, seconds=self.limits.upload_seconds if brings_files(headers) else None)
        if _is_undone(done, kind):
            raise unavailable()
        return self._told(done, form, encoding, getattr(context, "way", ""))

    def _told(self, answer: Answer, form: str, encoding: str, way: str = "") -> Response:
        if form not in STREAMS:
            return response_of(answer, form, encoding, way)
        stream = Stream(_once(answer), form, self.closing)
        if way:
            stream.headers["x-execution"] = way
        return stream

    def _stream(self, operation: Operation, document: CachedDocument, visit: Visit, form: str) -> Response:
        follower = self.rights.follower(visit)
        subscription = Subscription(self.execution, document, operation.name, operation.variables, follower)
        return Stream(subscription.answers(), form, self.closing, follower)


def _stream_for(form: str, accept: str) -> str:
    """The form of stream for a subscription: a client that lists one, however late, can only have meant it for this."""
    stream = form if form in STREAMS else stream_of(accept)
    if stream is None:
        raise Refusal(
            406,
            "A subscription has no single answer; use a WebSocket with graphql-transport-ws, "
            "or accept text/event-stream or multipart/mixed;subscriptionSpec=1.0.",
        )
    return stream


def _is_undone(answer: Answer, kind: OperationType) -> bool:
    """Whether nothing came of an operation, as the database was away. Of several mutations some may have been done."""
    if isinstance(answer, bytes) or (kind is not OperationType.QUERY and answer.data is not None):
        return False
    return any((error.extensions or {}).get("code") == UNAVAILABLE for error in answer.errors or ())


async def _once(answer: Answer) -> AsyncGenerator[Answer, None]:
    yield answer
