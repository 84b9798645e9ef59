"""The edge of the application: every request has an id there, and a failure that nobody foresaw is logged once and told without details."""

import logging
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from itertools import count

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from database.outages import Notice, is_away
from graph.http.refusals import Refusal, unavailable

logger = logging.getLogger(__name__)

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"The id of the request that is being served; every task that the request starts inherits it."

# Ids end up in logs and headers: nothing that could break a line or be taken for markup.
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}")
# An id made here is the process and a number: unique without asking the system for chance at every request.
PROCESS = secrets.token_hex(8)
numbers = count(1)
# For every answer, refusals included: nothing here is a page to be framed, or of another type than it says.
PROTECTION = [(b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"DENY")]
outage = Notice(logger, "The database cannot be used (%(reason)s); requests refused since the last such line: %(times)d.")
"What is logged of requests that end because the database is away."

STARTS = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        number = _id_of(scope["headers"])
        token = request_id.set(number)
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] in STARTS:
                started = True
                headers = [*message.get("headers", ()), *PROTECTION, (b"x-request-id", number.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            logger.info("The client of request %s left before it was answered.", number)
        except Exception as problem:
            refusal, close = _failure(problem, number)
            if scope["type"] == "websocket":
                with suppress(RuntimeError, OSError):  # closed already
                    await send({"type": "websocket.close", "code": close, "reason": refusal.message})
            elif not started:
                await refusal.response()(scope, receive, send_with_id)
            # Once an answer has begun, the server cuts the connection: the client sees that it is incomplete.
        finally:
            request_id.reset(token)


class RequestId(logging.Filter):
    """Gives log records the id of the request during which they were written, for formats with `%(request_id)s`."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def _failure(problem: Exception, number: str) -> tuple[Refusal, int]:
    """What is told of a failure over HTTP, and the code by which a socket is closed for it."""
    if is_away(problem):
        outage.write(problem)
        return unavailable(), 1013
    logger.error("Request %s failed.", number, exc_info=problem)
    refusal = Refusal(500, internal(number), code="INTERNAL")
    refusal.extensions["requestId"] = number
    return refusal, 1011


def internal(number: str) -> str:
    """All that a caller learns of a failure that nobody foresaw."""
    return f"Something went wrong here; request {number}."


def _id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id" and ACCEPTED_ID.fullmatch(given := value.decode("latin-1")):
            return given
    return f"{PROCESS}{next(numbers):016x}"
