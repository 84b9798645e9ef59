"""The pool for planned queries: bare asyncpg connections that keep their prepared statements.

asyncpg's own pool starts a task to give a connection back and talks to it through a proxy, which together cost as much as a small query.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

import orjson

from database.engine import PATIENCE, SESSION, WAIT_SECONDS, connection_to, plain_url
from database.outages import Unavailable, is_lost

Result = TypeVar("Result")

# Distinct statements kept prepared by each connection; PostgreSQL keeps up to 100 kB for each.
STATEMENTS = 200
CLOSING = 5.0  # seconds


class Pool:
    """Connections that are opened as needed, up to a number; the one that was used last is used next.

    Nothing that is done here leaves a trace in a session, so it is not reset between uses.
    """

    def __init__(self, url: str, *, size: int = 10, wait: float = WAIT_SECONDS) -> None:
        self._url = plain_url(url)
        self._places = size
        self._wait = wait
        # Those who wait for a place, and until when; one timer for all of them, as a wait is mostly shorter than making one takes.
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.losses = 0
        self._free: list[Any] = []
        self._closing: set[asyncio.Task[None]] = set()
        self.is_open = True

    def acquire(self) -> "Use":
        """A connection for as long as its context is open."""
        return Use(self)

    async def read(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        """What is read on a connection; once more on a new one when that was lost."""
        try:
            async with Use(self) as connection:
                return await work(connection)
        except Exception as problem:
            if not is_lost(problem):
                raise
        async with Use(self) as connection:
            return await work(connection)

    async def close(self) -> None:
        """Closes the connections that are free, and those in use when they are given back."""
        self.is_open = False
        while self._free:
            self.discard(self._free.pop())
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def take(self) -> Any:
        if not self.is_open:
            raise RuntimeError("The pool has been closed.")
        if self._places:
            self._places -= 1
        else:
            await self._place()
        try:
            while self._free:
                connection = self._free.pop()
                if not connection.is_closed():
                    return connection
                self.lost()
            return await self._connect()
        except BaseException:
            self._leave()
            raise

    async def _place(self) -> None:
        """Waits until somebody leaves a place. Raises Unavailable when nobody does in time."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiting.append((waiter, loop.time() + self._wait))
        if self._timer is None:
            self._timer = loop.call_later(self._wait, self._end_waits)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Gives a place to whoever waits longest."""
        while self._waiting:
            waiter, _ = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._places += 1

    def _end_waits(self) -> None:
        """Ends the waits that have lasted long enough, and comes again for those that are left."""
        loop, self._timer = asyncio.get_running_loop(), None
        while self._waiting and (self._waiting[0][0].done() or self._waiting[0][1] <= loop.time()):
            waiter, _ = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(Unavailable(f"all connections were in use for {self._wait:g} seconds"))
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0][1], self._end_waits)

    def lost(self) -> None:
        """A connection was found dead: so may be all that are as old, and none of them is used again."""
        self.losses += 1
        while self._free:
            self.discard(self._free.pop())

    def give_back(self, connection: Any, *, clean: bool) -> None:
        """Keeps a connection for its next use. One that was left in the middle of something is closed, and its place is free then."""
        if clean and self.is_open and not connection.is_closed() and not connection.is_in_transaction():
            self._free.append(connection)
            self._leave()
            return
        self.discard(connection).add_done_callback(lambda _: self._leave())

    def discard(self, connection: Any) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(_close(connection))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        return task

    async def _connect(self) -> Any:
        connection = await connection_to(
            self._url, statement_cache_size=STATEMENTS, max_cached_statement_lifetime=0, server_settings=SESSION | PATIENCE
        )
        # In binary, as within records: there the text follows a byte that tells the version of the format.
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            format="binary",
            encoder=lambda value: b"\x01" + orjson.dumps(value),
            decoder=lambda content: orjson.loads(content[1:]),
        )
        return connection


class Use:
    """One use of a connection."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._losses = 0

    async def __aenter__(self) -> Any:
        self._connection = await self._pool.take()
        self._losses = self._pool.losses
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        # What is cancelled may leave a statement running; other exceptions are answers of PostgreSQL or of our own.
        if problem is not None and is_lost(problem):
            self._pool.lost()
        clean = (problem is None or isinstance(problem, Exception)) and self._losses == self._pool.losses
        self._pool.give_back(self._connection, clean=clean)


async def _close(connection: Any) -> None:
    # Closing waits for a cancelled statement to end; a server that does not answer gets no more time.
    with suppress(Exception):
        await connection.close(timeout=CLOSING)
