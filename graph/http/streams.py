"""Answers that go on: subscriptions over server-sent events (graphql-sse, distinct connections) and multipart responses."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import HTTPStreamTransport, MultipartSubscriptionTransport, SSETransport, merge_stream_with_heartbeat

from graph.http.accepts import EVENTS, PARTS
from graph.http.answers import content_of, text_of


class Events(SSETransport):
    """Strawberry's transport, with the line ends at which simple readers of event streams split."""

    def encode_event(self, event: str, data: str | None = None) -> str:
        return super().encode_event(event, data).replace("\r\n", "\n")

    def encode_comment(self, comment: str) -> str:
        return super().encode_comment(comment).replace("\r\n", "\n")


TRANSPORTS: dict[str, HTTPStreamTransport] = {EVENTS: Events(), PARTS: MultipartSubscriptionTransport()}


class Stream(StreamingResponse):
    """Sends results as they come, until there are no more, the client leaves, or the server closes.

    When the server closes, the stream ends without its last word, so that clients connect again.
    """

    def __init__(self, results: AsyncGenerator[Any, None], form: str, closing: asyncio.Event) -> None:
        transport = TRANSPORTS[form]
        self.results = results
        self.closing = closing
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
        try:
            await asyncio.wait([sending, *ends], return_when=asyncio.FIRST_COMPLETED)
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


async def _texts(results: AsyncGenerator[Any, None], transport: HTTPStreamTransport) -> AsyncGenerator[str, None]:
    async for result in results:
        yield transport.encode_next(cast(GraphQLHTTPResponse, content_of(result)), text_of)
    yield transport.encode_complete()
