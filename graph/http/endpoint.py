"""The GraphQL endpoint: queries and mutations over HTTP, subscriptions over WebSockets, event streams and multipart."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from graph.http.accepts import EVENTS, JSON, PAGE, PARTS, RESPONSE, STREAMS, form_of, stream_of
from graph.http.answers import response_of
from graph.http.codes import Schema
from graph.http.operations import Limits, Operation, operation_of
from graph.http.refusals import Refusal, refusal_of
from graph.http.sockets import Sockets
from graph.http.streams import Stream
from graph.http.visits import ContextOf, visit_of
from models.errors import Refused

ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
STREAMED = {method: types | {OperationType.SUBSCRIPTION} for method, types in ALLOWED.items()}


class Endpoint:
    """An ASGI application that executes operations of a schema, each with a context of its own."""

    def __init__(
        self, schema: Schema, context_of: ContextOf, page: Callable[[], Response], *, limits: Limits, allowed_origins: Sequence[str]
    ) -> None:
        self.schema = schema
        self.context_of = context_of
        self.page = page
        self.limits = limits
        self.sockets = Sockets(schema, context_of, allowed_origins)
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            await self._answer(request, send)
        except Refusal as refusal:
            await refusal.response()(scope, receive, send)
        except Refused as refused:
            await refusal_of(refused).response()(scope, receive, send)

    async def close(self) -> None:
        """Ends sockets and streams so that their clients connect again; requests under way are left to finish."""
        self.closing.set()
        await self.sockets.close("server is restarting")

    async def _answer(self, request: Request, send: Send) -> None:
        accept = request.headers.get("accept", "")
        if request.method not in ALLOWED:
            raise Refusal(405, f"{request.method} is not taken here; use POST, or GET for queries.", headers={"allow": "GET, POST"})
        if request.method == "GET" and "query" not in request.query_params and form_of(accept, JSON, RESPONSE, PAGE) == PAGE:
            await self.page()(request.scope, request.receive, send)
            return
        # Before the body: who may not come in does not get to send two gigabytes first.
        context = await self.context_of(visit_of(request))
        async with operation_of(request, self.limits, signed_in=context.viewer is not None) as operation:
            response = await self._response(request.method, operation, context, accept)
            await response(request.scope, request.receive, send)

    async def _response(self, method: str, operation: Operation, context: object, accept: str) -> Response:
        form = form_of(accept, JSON, RESPONSE, EVENTS, PARTS)
        if form in STREAMS:
            return await self._stream(method, operation, context, form)
        try:
            result = await self.schema.execute(
                operation.document,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=ALLOWED[method],
                operation_extensions=operation.extensions,
            )
        except CannotGetOperationTypeError as problem:
            raise Refusal(400, problem.as_http_error_reason()) from problem
        except InvalidOperationTypeError as problem:
            if problem.operation_type is not OperationType.SUBSCRIPTION:
                raise Refusal(405, "A mutation must be sent by POST.", headers={"allow": "POST"}) from problem
            # A client that lists a stream, however late, can only have meant it for this.
            if stream := stream_of(accept):
                return await self._stream(method, operation, context, stream)
            raise Refusal(
                406,
                "A subscription has no single answer; use a WebSocket with graphql-transport-ws, "
                "or accept text/event-stream or multipart/mixed;subscriptionSpec=1.0.",
            ) from problem
        return response_of(result, form)

    async def _stream(self, method: str, operation: Operation, context: object, form: str) -> Response:
        results = await self.schema.stream(
            operation.document,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            operation_extensions=operation.extensions,
            allowed_operation_types=STREAMED[method],
        )
        return Stream(results, form, self.closing)
