"""The bytes of a request, within a limit, and what they say as JSON."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from graph.http.refusals import Refusal


async def body_of(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body, of which most come in one piece."""
    check_announced(headers, limit)
    parts: list[bytes] = []
    received, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        received += len(parts[-1])
        if received > limit:
            raise too_large(limit)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def chunks_of(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body piece by piece; refused by its announced length at once, otherwise where it passes the limit."""
    check_announced(request.headers, limit)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise too_large(limit)
        yield chunk


def check_announced(headers: Mapping[str, str], limit: int) -> None:
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise too_large(limit)


def too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request is larger than {limit:,} bytes, which is the most that is taken here.")


def json_of(text: bytes | str, place: str) -> Any:
    """The value that a JSON text stands for; a refusal names the place: `The body is not JSON: ...`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise Refusal(400, f"{place} is not JSON: {problem}.") from problem
