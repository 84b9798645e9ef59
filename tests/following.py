"""The whole application on a socket of this machine, and subscribers to it over each of the ways."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app import create_app
from graph.http.server import Server
from settings import Settings
from tests.standin import eventually

TRANSPORT = Subprotocol("graphql-transport-ws")
EVENTS = "text/event-stream"
PARTS = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'


@dataclass(frozen=True)
class Application:
    """The application as clients see it."""

    address: str

    @asynccontextmanager
    async def socket(self, headers: dict[str, str], query: str, **options: Any) -> AsyncIterator[ClientConnection]:
        """A socket that follows one subscription."""
        async with connect(f"ws://{self.address}", subprotocols=[TRANSPORT], compression=None, **options) as opened:
            await opened.send(json.dumps({"type": "connection_init", "payload": headers}))
            assert json.loads(await opened.recv())["type"] == "connection_ack"
            await opened.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
            yield opened

    async def lines(self, headers: dict[str, str], query: str, accept: str) -> AsyncGenerator[str, None]:
        """The lines of a stream, until the server completes it."""
        async with (
            httpx.AsyncClient(timeout=20) as client,
            client.stream("POST", f"http://{self.address}", json={"query": query}, headers={**headers, "accept": accept}) as response,
        ):
            async for line in response.aiter_lines():
                yield line


@asynccontextmanager
async def application(database_url: str) -> AsyncIterator[Application]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(Settings(), database_url)
    server = Server(app, app.state.endpoint.close, grace=5)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await eventually(lambda: server.started)
        yield Application(f"127.0.0.1:{listener.getsockname()[1]}/graphql")
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, 15)


async def received(opened: ClientConnection) -> Any:
    """The next message of a socket."""
    async with asyncio.timeout(10):
        return json.loads(await opened.recv())


async def told(engine: AsyncEngine, statement: str, **values: object) -> None:
    """Does something in the database."""
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)
