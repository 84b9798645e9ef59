"""Results of executions as they go out: as GraphQL's response objects, in JSON."""

import gzip
from asyncio import to_thread
from functools import cache
from typing import Any, TypeAlias

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.types.execution import ExecutionResult

from graph.http.accepts import RESPONSE

# Below this, what is saved on the way is not worth the time; beyond level 1, it hardly ever is.
COMPRESSED_FROM = 8 * 1024
LEVEL = 1
# From here on it takes milliseconds, and is done in a thread.
LARGE = 256 * 1024
Headers: TypeAlias = list[tuple[bytes, bytes]]


def content_of(answer: bytes | ExecutionResult) -> Any:
    """The response object, as text_of takes it. There is no `data` when nothing was executed."""
    if isinstance(answer, bytes):
        return orjson.Fragment(answer)
    content: dict[str, Any] = {} if _is_unexecuted(answer) else {"data": answer.data}
    if answer.errors:
        content["errors"] = [error.formatted for error in answer.errors]
    if answer.extensions:
        content["extensions"] = answer.extensions
    return content


def text_of(content: object) -> str:
    return orjson.dumps(content).decode()


class Told(Response):
    """A response whose headers are bytes already: Starlette's own would be made anew for every answer."""

    def __init__(self, body: bytes, status: int, headers: Headers) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


class Compressed(Told):
    """A large response, which is compressed in a thread before it is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await to_thread(compress, self.body)
        await Told(bytes(body), self.status_code, self.raw_headers[:-1])(scope, receive, send)


def response_of(answer: bytes | ExecutionResult, form: str, accepts_encoding: str, way: str = "") -> Response:
    """The answer as an HTTP response; plain JSON always has the status 200, as clients of old expect. `way` is for x-execution."""
    body = answer if isinstance(answer, bytes) else orjson.dumps(content_of(answer))
    status = 400 if form == RESPONSE and not isinstance(answer, bytes) and _is_unexecuted(answer) else 200
    headers = list(_headers(form))
    if way:
        headers.append((b"x-execution", way.encode()))
    if len(body) >= COMPRESSED_FROM and takes_gzip(accepts_encoding):
        headers.append((b"content-encoding", b"gzip"))
        return Compressed(body, status, headers) if len(body) >= LARGE else Told(compress(body), status, headers)
    return Told(body, status, headers)


def compress(body: bytes | memoryview) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


@cache
def _headers(form: str) -> Headers:
    return [(b"content-type", f"{form}; charset=utf-8".encode()), (b"cache-control", b"no-store"), (b"vary", b"Accept, Accept-Encoding")]


def takes_gzip(accepts_encoding: str) -> bool:
    """Whether a client that sends this `Accept-Encoding` can read gzip."""
    for part in accepts_encoding.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _is_unexecuted(result: ExecutionResult) -> bool:
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or ())
