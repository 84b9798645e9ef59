"""The bytes of a request, within a limit, and what they say as JSON."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson
from starlette.requests import Request

from graph.http.refusals import Refusal


async def body_of(request: Request, limit: int) -> bytes:
    async with aclosing(chunks_of(request, limit)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def chunks_of(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body piece by piece; refused by its announced length at once, otherwise where it passes the limit."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise too_large(limit)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise too_large(limit)
        yield chunk


def too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request is larger than {limit:,} bytes, which is the most that is taken here.")


def json_of(text: bytes | str, place: str) -> Any:
    """The value that a JSON text stands for; a refusal names the place: `The body is not JSON: ...`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise Refusal(400, f"{place} is not JSON: {problem}.") from problem
