"""The limit: a bare handler that runs the cheapest statement for each query and passes the bytes of its one value through."""

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

STATEMENTS = {file.stem.upper(): file.read_text() for file in Path(__file__).parent.glob("*.sql")}
HEADERS = [(b"content-type", b"application/json")]
# Comes after every page, since the pages go back in time.
END = (datetime(9999, 1, 1, tzinfo=UTC), 0)


class Limit:
    """An ASGI application without anything around it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.live(receive, send)
        message = await receive()
        body: bytes = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        asked = orjson.loads(body)
        async with self.pool.acquire() as connection:
            answer = await connection.fetchval(STATEMENTS[asked["query"]], *arguments(asked["variables"]))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, (b"content-length", b"%d" % len(answer))]})
        return await send({"type": "http.response.body", "body": answer})

    async def live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=10, max_size=10, init=prepare, reset=leave, server_settings={"timezone": "UTC"}
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def arguments(variables: dict[str, Any]) -> tuple[Any, ...]:
    if "after" not in variables:
        return tuple(variables.values())
    if variables["after"] is None:
        return END
    time, _, client_id = variables["after"].partition("|")
    return datetime.fromisoformat(time), int(client_id)


async def prepare(connection: Any) -> None:
    """Leaves JSON as the bytes that PostgreSQL sends."""
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes)


async def leave(_connection: Any) -> None:
    """Resets nothing: no statement here sets anything."""


app = Limit()
