"""The reads of one operation: its viewer, its connections, its dataloaders."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeAlias

from aiodataloader import DataLoader
from asyncpg import DataError
from sqlalchemy import Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from models.access import Viewer
from models.errors import Invalid, Unauthenticated

Engine: TypeAlias = AsyncEngine
Batch = Callable[[list[Any]], Awaitable[list[Any]]]

# One operation may hold this many connections at once, so that it cannot take the whole pool.
SLOTS = 4


class BatchLoader(DataLoader[Any, Any]):
    """A dataloader whose waiters can be cancelled without harm to the others; with the last one its batches are cancelled.

    aiodataloader shares one future among its waiters: a cancelled waiter would cancel it for all and for ever,
    a cancelled batch would leave them waiting, nothing holds the batch's task, and nothing ends it when nobody waits any more.
    """

    def __init__(self, batch: Batch) -> None:
        self._run = batch
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting = 0
        super().__init__()

    def load(self, key: Hashable) -> "asyncio.Future[Any]":
        waiter = asyncio.shield(super().load(key))
        self._waiting += 1
        waiter.add_done_callback(self._leave)
        return waiter

    def _leave(self, waiter: "asyncio.Future[Any]") -> None:
        self._waiting -= 1
        if waiter.cancelled() and not self._waiting:
            for task in self._tasks:
                task.cancel()

    async def batch_load_fn(self, keys: list[Any]) -> list[Any]:
        if not self._waiting:
            raise RuntimeError("Everybody who waited for the batch was cancelled before it began.")
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await self._run(keys)
        except asyncio.CancelledError as cancelled:
            raise RuntimeError("The batch was cancelled before its rows arrived.") from cancelled


class Reads:
    """What one operation reads with: who asks, and dataloaders that live no longer than the answer."""

    def __init__(self, engine: Engine, viewer: Viewer | None) -> None:
        # Reads need no transaction of their own: it would add two round trips to each statement.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._viewer = viewer
        self._slots = asyncio.Semaphore(SLOTS)
        self._loaders: dict[Hashable, BatchLoader] = {}
        self.statements = 0

    @property
    def viewer(self) -> Viewer:
        """Who asks. Raises Unauthenticated when nobody signed in."""
        if self._viewer is None:
            raise Unauthenticated("Sign in first: send the token that `login` gives as 'Authorization: Bearer <token>'.")
        return self._viewer

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Runs a statement. Raises Invalid when PostgreSQL cannot take a value, such as a number out of its column's range."""
        async with self._slots, self._engine.connect() as connection:
            self.statements += 1
            try:
                found: Sequence[Row[Any]] = (await connection.execute(statement)).all()
            except DBAPIError as problem:
                if isinstance(getattr(problem.orig, "__cause__", None), DataError):
                    raise Invalid("A value in the arguments is outside the range of its column, or holds a NUL character.") from problem
                raise
        return found

    def loader(self, key: Hashable, batch: Batch) -> BatchLoader:
        """The dataloader kept under a key, made on first use; equal keys must have equal batch functions."""
        found = self._loaders.get(key)
        if found is None:
            found = self._loaders[key] = BatchLoader(batch)
        return found

    def forget(self) -> None:
        """Drops all that was read: the next reads see the present. For operations that live on, such as subscriptions."""
        self._loaders.clear()
