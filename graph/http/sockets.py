"""GraphQL over WebSockets by the protocol graphql-transport-ws, on Strawberry's handler where that keeps to it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import cast

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage, Message, SubscribeMessage
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from graph.http.answers import content_of, text_of
from graph.http.codes import error_of
from graph.http.documents import CachedDocument, Unexecutable
from graph.http.execution import Answer, Execution
from graph.http.messages import fault_of
from graph.http.refusals import Refusal
from graph.http.rights import Follower, Rights
from graph.http.subscriptions import Subscription
from graph.http.visits import Visit, token_of, visit_of
from models.errors import Refused, Unauthenticated

INIT_WITHIN = timedelta(seconds=5)
MOST_OPERATIONS = 50
MOST_REASON_BYTES = 123  # by RFC 6455, a close frame holds 125, two of which are the code


class TooManyOperations(Refused):
    code = "RATE_LIMITED"


class Connection:
    """What lasts as long as a socket: who opened it. Everything else is made anew for each operation."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.connection_params: dict[str, object] = {}


class Adapter(ASGIWebSocketAdapter):
    """Strawberry's adapter to a socket that may close at any moment, from either side."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await super().send_json(message)
        except RuntimeError as closed:  # so say both Starlette and uvicorn, each for its own half of the socket
            raise WebSocketDisconnected from closed

    async def close(self, code: int, reason: str) -> None:
        with suppress(RuntimeError, OSError):  # closed already
            await super().close(code, reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore"))


class Handler(BaseGraphQLTransportWSHandler[Connection, None]):
    """Strawberry's handler, which has one context for all of a socket and crashes or closes where it should answer."""

    view: "Sockets"
    websocket: Adapter
    # Known once the connection has been acknowledged.
    follower: Follower
    leaving: asyncio.Task[None]

    async def handle(self) -> None:
        self.view.open.add(self.websocket)
        with ExitStack() as self.staying:
            try:
                await super().handle()
            finally:
                self.view.open.discard(self.websocket)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        was_acknowledged = self.connection_acknowledged
        await super().handle_connection_init(message)
        if self.connection_acknowledged and not was_acknowledged:
            self.follower = self.staying.enter_context(self.view.rights.follower(self.context.visit))
            self.follower.ended.add_done_callback(self._leave)

    def _leave(self, ended: "asyncio.Future[Refused]") -> None:
        self.leaving = asyncio.create_task(self._left(ended.result()))

    async def _left(self, problem: Refused) -> None:
        # First, as a client that reads nothing would hold up the close.
        for number in list(self.operations):
            await self.cleanup_operation(number)
        await self.websocket.close(4403, problem.message)

    async def handle_message(self, message: Message) -> None:
        if fault := fault_of(message):
            await self.handle_invalid_message(fault)
            return
        # A payload of null is none.
        await super().handle_message(cast(Message, {name: value for name, value in message.items() if value is not None}))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if self.connection_acknowledged and message["id"] not in self.operations and len(self.operations) >= MOST_OPERATIONS:
            refused = TooManyOperations(f"This socket has {MOST_OPERATIONS} operations under way, the most it may; complete one first.")
            await self.send_message({"id": message["id"], "type": "error", "payload": [error_of(refused).formatted]})
            return
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[Connection, None]) -> None:
        try:
            context = await self.view.rights.context_of(self.context.visit)
            document = self.view.execution.find(operation.query)
            follows = document.operation_type(operation.operation_name) is OperationType.SUBSCRIPTION
            if await (self._follow(operation, document) if follows else self._answer(operation, document, context)):
                await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            pass
        except Unexecutable as refused:
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors(refused.errors)
        except Exception as problem:
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors([error_of(problem)])

    async def _follow(self, operation: Operation[Connection, None], document: CachedDocument) -> bool:
        """Sends the results of a subscription; False when the last word has been said."""
        subscription = Subscription(self.view.execution, document, operation.operation_name, operation.variables, self.follower)
        try:
            async with aclosing(subscription.answers()) as answers:
                async for answer in answers:
                    if not await self._send(operation, answer):
                        return False
        except Unauthenticated as problem:
            self.follower.end(problem)
            return False
        return True

    async def _answer(self, operation: Operation[Connection, None], document: CachedDocument, context: object) -> bool:
        """Sends the result of a query or mutation; False when it is an error and the last word."""
        execution = self.view.execution
        answer = await execution.in_time(execution.execute(document, operation.operation_name, operation.variables, context))
        return await self._send(operation, answer)

    async def _send(self, operation: Operation[Connection, None], answer: Answer) -> bool:
        """Sends a result; False when it is an error and the last word."""
        if isinstance(answer, PreExecutionError):
            await operation.send_initial_errors(answer.errors or [])
            return False
        message = {"id": operation.id, "type": "next", "payload": content_of(answer)}
        await operation.send_operation_message(cast(Message, message))
        return True

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """A document that cannot be executed is the fault of its operation, not of the socket."""
        return None


class Sockets(GraphQL[Connection, None]):
    """The part of the endpoint that speaks over WebSockets."""

    websocket_adapter_class = Adapter
    graphql_transport_ws_handler_class = Handler

    def __init__(self, execution: Execution, rights: Rights, allowed_origins: Sequence[str]) -> None:
        super().__init__(
            execution.schema,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_WITHIN,
            max_subscriptions_per_connection=None,  # the handler counts, so that its refusal has a code
            allowed_origins=allowed_origins,
        )
        self.execution = execution
        self.rights = rights
        self.open: set[Adapter] = set()

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Connection:
        return Connection(visit_of(request.headers, request.client))

    async def on_ws_connect(self, context: Connection) -> UnsetType | dict[str, object] | None:
        token = token_of({name.lower(): value for name, value in context.connection_params.items()})
        if token is not None:
            context.visit = replace(context.visit, token=token)
        try:
            await self.rights.context_of(context.visit)
        except Unauthenticated as problem:
            raise ConnectionRejectionError from problem
        return await super().on_ws_connect(context)

    async def reject_websocket(self, request: WebSocket) -> WebSocket:
        origin = request.headers.get("origin", "")
        refusal = Refusal(403, f"Pages of {origin!r} may not open sockets here; an operator can allow their origin.", code="FORBIDDEN")
        await request.send_denial_response(refusal.response())
        return request

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return text_of(data)

    async def close(self, reason: str) -> None:
        """Closes every socket, in a way that makes clients connect again."""
        for adapter in list(self.open):
            await adapter.close(1012, reason)
