"""Answers that go on: subscriptions over server-sent events (graphql-sse, distinct connections) and multipart responses."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Any, cast

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import HTTPStreamTransport, MultipartSubscriptionTransport, SSETransport, merge_stream_with_heartbeat
from strawberry.types.execution import PreExecutionError

from graph.http.accepts import EVENTS, PARTS
from graph.http.answers import content_of, text_of
from graph.http.codes import error_of
from graph.http.rights import Follower
from models.errors import Refused, Unauthenticated


class Events(SSETransport):
    """Strawberry's transport, with the line ends at which simple readers of event streams split."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment).replace("\r\n", "\n")


TRANSPORTS: dict[str, HTTPStreamTransport] = {EVENTS: Events(), PARTS: MultipartSubscriptionTransport()}


class Stream(StreamingResponse):
    """Sends results as they come, until there are no more, the client leaves, its session ends, or the server closes.

    When the server closes, the stream ends without its last word, so that clients connect again.
    """

    def __init__(self, results: AsyncGenerator[Any, None], form: str, closing: asyncio.Event, follower: Follower | None = None) -> None:
        self.transport = transport = TRANSPORTS[form]
        self.results = results
        self.closing = closing
        self.follower = follower
        self.texts = merge_stream_with_heartbeat(
            lambda: _texts(results, transport),
            lambda: transport.heartbeat_message(text_of),
            transport.heartbeat_interval,
            send_initial_heartbeat=transport.send_initial_heartbeat,
        )()
        super().__init__(self.texts, headers=transport.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette notices only at the next event that a client has left; until then its subscription would go on.
        sending = asyncio.create_task(self.stream_response(send))
        ends = [asyncio.create_task(self.listen_for_disconnect(receive)), asyncio.create_task(self.closing.wait())]
        with ExitStack() as stack:
            waited: list[asyncio.Future[Any]] = [sending, *ends]
            if self.follower is not None:
                waited.append(stack.enter_context(self.follower).ended)
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (sending, *ends):
                    task.cancel()
                await asyncio.gather(sending, *ends, return_exceptions=True)
                await self.texts.aclose()
                await self.results.aclose()
        if not sending.cancelled():
            sending.result()
        elif self.closing.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif self.follower is not None and self.follower.ended.done():
            last = _refused(self.follower.ended.result(), self.transport)
            await send({"type": "http.response.body", "body": last.encode(), "more_body": False})


async def _texts(results: AsyncGenerator[Any, None], transport: HTTPStreamTransport) -> AsyncGenerator[str, None]:
    try:
        async for result in results:
            yield transport.encode_next(cast(GraphQLHTTPResponse, content_of(result)), text_of)
    except Unauthenticated as problem:
        yield _refused(problem, transport)
    else:
        yield transport.encode_complete()


def _refused(problem: Refused, transport: HTTPStreamTransport) -> str:
    """The last words to somebody who may not stay."""
    told = PreExecutionError(data=None, errors=[error_of(problem)])
    return transport.encode_next(cast(GraphQLHTTPResponse, content_of(told)), text_of) + transport.encode_complete()
