"""Configuration in memory: the small tables that every row refers to, each held whole by each process.

What is held is served only while it is known to have been current within the last STALENESS seconds. While notifications arrive, they
vouch for it, and a table that they name is read again at once; while they don't, all tables are read again every second.
When that fails too, nothing is served: whoever asks reads by SQL, as for a table that is too large to hold.
"""

import asyncio
import logging
import math
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from operator import itemgetter
from time import monotonic

from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.changes import Changes, Wake
from database.engine import connect
from database.outages import is_away
from loaders.configuration_tables import Rows, configuration_models, readers_of, require_unique, rows_of
from loaders.selection import Selection
from models.base import Base

CONFIGURATION_CHANGES = "configuration"
"The channel on which the name of a configuration table is told whenever a statement has written to it."

# Seconds.
STALENESS = 2.0
RENEWAL = 1.0
TICK = 0.5
# Changes that come within this time of one another are read together.
GATHERING = 0.1
# What nothing announces (a restore with its triggers off, a pooler that swallows LISTEN) is found by then.
REREADING = 300.0
READING = 5.0

logger = logging.getLogger(__name__)
Model = type[Base]


@dataclass(frozen=True)
class Held:
    """A table as one statement read it, begun at `read_at`; `rows` is None when there are too many to hold."""

    rows: Rows | None
    read_at: float
    indexes: dict[tuple[str, ...], Rows] = field(default_factory=dict)


class Configuration:
    """The configuration tables of a database: `table(Country)[276]["country_name"]`. Permissions are the caller's to ask for.

    It reads from the server that sends the notifications, on a connection of its own that it opens as needed.
    """

    def __init__(self, url: str, changes: Changes) -> None:
        self._engine = connect(url, size=1)
        self._changes = changes
        self._selections = {model: Selection.of(model, model.__mapper__.column_attrs.keys()) for model in configuration_models()}
        self._readers = readers_of(self._selections)
        self._held: dict[Model, Held] = {}
        self._versions = dict.fromkeys(self._selections, 0)
        self._stamp = 0
        # Until when all that is held may be served, as last found.
        self._sure_until = -math.inf
        # When a change that has not been read yet was announced.
        self._announced: dict[Model, float] = {}
        self._work = asyncio.Event()
        self._reading = asyncio.Lock()
        self._troubled: set[Model | None] = set()
        self._running: AsyncExitStack | None = None

    async def start(self) -> None:
        """Reads all tables. A database that cannot be reached is tried again and again: meanwhile nothing is held."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._engine.dispose)
            wake = await stack.enter_async_context(self._changes.waiting(CONFIGURATION_CHANGES))
            await self._read(self._selections)
            for task in (asyncio.create_task(self._listen(wake)), asyncio.create_task(self._renew())):
                stack.push_async_callback(_end, task)
            self._running = stack.pop_all()

    async def stop(self) -> None:
        """Lets go of all tables."""
        if self._running is not None:
            await self._running.aclose()
            self._running = None
        self._held.clear()
        self._moved()

    def table(self, model: Model) -> Rows | None:
        """The rows by primary key, with all mapped attributes, not to be changed; None when they have to be read by SQL."""
        held = self._held.get(model)
        if held is None or monotonic() - self._current_at(model, held) > STALENESS:
            return None
        return held.rows

    def by(self, model: Model, *columns: str) -> Rows | None:
        """The rows by the values of unique columns, `by(Country, "alpha2_code")`; of several together, by tuples of their values.

        Rows that lack a value are left out. None when they have to be read by SQL.
        """
        rows = self.table(model)
        if rows is None:
            return None
        indexes = self._held[model].indexes
        found = indexes.get(columns)
        if found is None:
            require_unique(model, columns)
            value_of = itemgetter(*columns)
            found = indexes[columns] = {value_of(row): row for row in rows.values() if all(row[name] is not None for name in columns)}
        return found

    def version(self, model: Model) -> int:
        """A number that grows whenever the rows have become others; 0 until they are first read."""
        return self._versions.get(model, 0)

    def stamp(self) -> int | None:
        """A number that grows whenever any table has become another, or is let go of; None when one of them may not be served.

        Whoever has derived something under the same number may use it: that is cheaper than asking for each table.
        """
        now = monotonic()
        if now >= self._sure_until:
            is_whole = len(self._held) == len(self._selections)
            known = min((self._current_at(model, held) for model, held in self._held.items()), default=-math.inf)
            self._sure_until = known + STALENESS if is_whole else -math.inf
        return self._stamp if now < self._sure_until else None

    async def refresh(self, *models: Model) -> None:
        """Reads tables again after a commit, for a writer that answers next. What cannot be read is let go of, rather than served."""
        if self._running is None:
            return
        wanted = {reader for model in models for reader in self._readers.get(model.__tablename__, ())}
        for model in await self._read(wanted):
            self._held.pop(model, None)
            self._moved()

    def _current_at(self, model: Model, held: Held) -> float:
        """The last moment at which the rows are known to have been those of the database."""
        vouched = held.read_at >= self._changes.began_at
        known = max(held.read_at, self._changes.heard_until) if vouched else held.read_at
        return min(known, self._announced.get(model, math.inf))

    async def _listen(self, wake: Wake) -> None:
        while True:
            for name in await wake.changed():
                # The empty name is a new connection's: what was read before it counts as unvouched from now on.
                for model in self._readers.get(name, ()):
                    self._announced.setdefault(model, monotonic())
            self._work.set()

    async def _renew(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._work.wait()
                    await asyncio.sleep(GATHERING)
            self._work.clear()
            if wanted := [model for model in self._selections if self._is_due(model)]:
                await self._read(wanted)

    def _is_due(self, model: Model) -> bool:
        held, now = self._held.get(model), monotonic()
        if held is None or model in self._announced or held.read_at < self._changes.began_at < math.inf:
            return True
        return now - self._current_at(model, held) > RENEWAL or now - held.read_at > REREADING

    async def _read(self, models: Iterable[Model]) -> set[Model]:
        """Reads tables one after the other and puts each in the place of the old one; answers those that could not be read."""
        left = set(models)
        # One reader at a time, so that no older state replaces a newer one.
        async with self._reading:
            try:
                async with asyncio.timeout(READING), self._engine.connect() as connection:
                    # Without a transaction, each statement sees what is there when it begins.
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                    for model in tuple(left):
                        if await self._read_table(connection, model):
                            left.remove(model)
                self._troubled.discard(None)
            except (OSError, PostgresError, InterfaceError, SQLAlchemyError) as problem:
                self._complain(None, "Configuration could not be read (%s); trying again.", problem)
            finally:
                # Reads are rare: a connection kept for the next one may have been lost by then.
                await self._engine.dispose()
        return left

    async def _read_table(self, connection: AsyncConnection, model: Model) -> bool:
        began = monotonic()
        try:
            rows = await rows_of(connection, self._selections[model])
        except Exception as problem:  # such as a value that a newer version has added; whatever it is, the other tables stay fresh
            if is_away(problem):
                raise
            self._complain(model, f"The table {model.__tablename__} could not be read (%s); trying again.", problem)
            return False
        self._troubled.discard(model)
        self._hold(model, rows, began)
        return True

    def _hold(self, model: Model, rows: Rows | None, began: float) -> None:
        old = self._held.get(model)
        if old is not None and old.rows == rows:
            # What others have derived from these rows stays good.
            self._held[model] = replace(old, read_at=began)
        else:
            self._held[model] = Held(rows, began)
            self._versions[model] += 1
            self._moved()
        if self._announced.get(model, math.inf) <= began:
            del self._announced[model]

    def _moved(self) -> None:
        self._stamp += 1
        self._sure_until = -math.inf

    def _complain(self, subject: Model | None, message: str, problem: Exception) -> None:
        """Warns once, not at every further try."""
        if subject not in self._troubled:
            self._troubled.add(subject)
            logger.warning(message, problem or type(problem).__name__)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
