"""A small schema that can go wrong in every way, to test the endpoint by; and the endpoint around it."""

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import strawberry
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse
from strawberry.file_uploads import Upload
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import scalar

from graph.http.codes import Schema
from graph.http.edge import Edge
from graph.http.endpoint import Endpoint
from graph.http.execution import Execution
from graph.http.operations import Limits
from graph.http.protocol import DEFAULTS, ConnectionLimits
from graph.http.server import Server
from graph.http.uploads import uploaded
from graph.http.visits import Visit
from models.access import ADMINISTRATOR, Viewer
from models.errors import Conflict, Forbidden, Unauthenticated

TOKENS = {"good": Viewer(7, ADMINISTRATOR)}
LIMITS = Limits(body=100_000, upload=5_000_000)
SECONDS = 2
contexts = itertools.count(1)


@dataclass
class Journal:
    """What the stand-in has seen: read by tests, emptied by none, so every test makes its own."""

    subscriptions_ended: int = 0
    uploads: list[Any] = field(default_factory=list)
    slow_begun: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class StandInContext:
    viewer: Viewer | None
    visit: Visit
    journal: Journal
    number: int


Info = strawberry.Info[StandInContext, None]


@strawberry.type
class Received:
    filename: str | None
    size: int
    spooled: bool


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "world"

    @strawberry.field
    def user_id(self, info: Info) -> int | None:
        return info.context.viewer.user_id if info.context.viewer else None

    @strawberry.field
    def context(self, info: Info) -> int:
        return info.context.number

    @strawberry.field
    def locale(self, info: Info) -> str | None:
        return info.context.visit.locale

    @strawberry.field
    def double(self, of: int) -> int:
        return 2 * of

    @strawberry.field
    def secret(self) -> str | None:
        raise RuntimeError("the password of the database is hunter2")

    @strawberry.field
    def secrets(self) -> list[str | None]:
        failure = ValueError("one cause")
        return [failure, failure, ValueError("another cause")]  # type: ignore[list-item]

    @strawberry.field
    def never(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("The permission clients.read is missing.")

    @strawberry.field
    def long(self, length: int) -> str:
        return length * "a"

    @strawberry.field
    async def slow(self, info: Info, seconds: float) -> str:
        info.context.journal.slow_begun.set()
        await asyncio.sleep(seconds)
        return "done"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self) -> str:
        return "touched"

    @strawberry.mutation
    async def upload(self, info: Info, file: Upload) -> Received:
        assert isinstance(file, UploadFile)
        info.context.journal.uploads.append(file)
        size = 0
        while piece := await file.read(65_536):
            size += len(piece)
        return Received(filename=file.filename, size=size, spooled=not file._in_memory)

    @strawberry.mutation
    def uploads(self, files: list[Upload]) -> list[str | None]:
        return [file.filename for file in files if isinstance(file, UploadFile)]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int) -> AsyncGenerator[int, None]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(3600)
        finally:
            info.context.journal.subscriptions_ended += 1

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise Conflict("The run has ended.")
        yield 1

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("the password of the database is hunter2")


schema = Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map={Upload: scalar(name="Upload", parse_value=uploaded)}))


class StandIn:
    """The endpoint with the stand-in schema, at the edge as in the product."""

    def __init__(self, *, allowed_origins: tuple[str, ...] = ()) -> None:
        self.journal = Journal()
        self.endpoint = Endpoint(
            Execution(schema, seconds=SECONDS),
            self.context,
            lambda: HTMLResponse("<title>page</title>"),
            limits=LIMITS,
            allowed_origins=allowed_origins,
        )
        self.app = Edge(self.endpoint)

    async def context(self, visit: Visit) -> StandInContext:
        if visit.token == "breaking":
            raise RuntimeError("the password of the database is hunter2")
        if visit.token is not None and visit.token not in TOKENS:
            raise Unauthenticated("The token is unknown or expired; sign in again.")
        return StandInContext(TOKENS.get(visit.token or ""), visit, self.journal, next(contexts))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk.test")

    @asynccontextmanager
    async def served(self, limits: ConnectionLimits = DEFAULTS) -> AsyncIterator["Served"]:
        """The stand-in on a real socket of this machine."""
        listener = socket.create_server(("127.0.0.1", 0))
        server = Server(self.app, self.endpoint.close, grace=5, limits=limits)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await eventually(lambda: server.started)
            yield Served(server, task, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await asyncio.wait_for(task, 15)


async def eventually(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Waits until something is true that tells nobody when it becomes so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not become true in time."
        await asyncio.sleep(0.01)


@dataclass
class Served:
    server: Server
    task: asyncio.Task[None]
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"
