"""What has changed: PostgreSQL's notifications, listened to on one connection and handed to whoever waits."""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import asyncpg

from database.engine import connection_to, plain_url
from database.outages import Notice

logger = logging.getLogger(__name__)
RECONNECT_SECONDS = 1.0
# A connection that a network has dropped without a word looks alive; one that does not answer in time is given up.
BEAT_SECONDS = 0.5
ANSWER_SECONDS = 1.0
# More keys than these are not worth keeping for a waiter that is busy: it looks at everything.
MOST_KEYS = 1_000


class Wake:
    """Tells one waiter that something changed. Changes that come while it is busy are told once, with their keys together."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._keys: dict[str, None] = {}

    def tell(self, key: str) -> None:
        self._keys[key] = None
        if len(self._keys) > MOST_KEYS:
            self._keys = {"": None}
        self._event.set()

    async def changed(self) -> list[str]:
        """The keys that changed since the last call, oldest first; waits for the first. An empty key means: anything may have changed."""
        await self._event.wait()
        self._event.clear()
        keys, self._keys = list(self._keys), {}
        return keys


class Changes:
    """The notifications of some channels. Those sent while the connection was down are lost, so its return wakes everybody.

    `began_at` and `heard_until` (monotonic) bound the time within which nothing was missed, of the newest connection.
    """

    def __init__(self, url: str, *channels: str) -> None:
        self._url = plain_url(url)
        self._channels = channels
        self._waiting: defaultdict[str, set[Wake]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._notice = Notice(logger, "Lost the connection for notifications (%(reason)s); tries since the last such line: %(times)d.")
        self.began_at = math.inf
        self.heard_until = -math.inf

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @asynccontextmanager
    async def waiting(self, channel: str) -> AsyncIterator[Wake]:
        """Waits on a channel from here on: read the state after entering, and nothing is missed."""
        if channel not in self._channels:
            raise ValueError(f"Nothing listens to the channel {channel!r}: name it when Changes is made.")
        wake = Wake()
        self._waiting[channel].add(wake)
        try:
            yield wake
        finally:
            self._waiting[channel].discard(wake)

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
                self._notice.write(problem)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        connection = await connection_to(self._url)
        try:
            closed = asyncio.Event()
            connection.add_termination_listener(lambda _connection: closed.set())
            for channel in self._channels:
                await connection.add_listener(channel, self._heard)
            self.began_at = self.heard_until = monotonic()
            for channel in self._channels:
                self._tell(channel, "")
            while not await _set_within(closed, BEAT_SECONDS):
                await self._beat(connection)
        finally:
            await asyncio.shield(connection.close(timeout=2))

    async def _beat(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Makes sure of the connection: PostgreSQL sends the notifications that it has before it answers."""
        asked = monotonic()
        try:
            await connection.execute("select 1", timeout=ANSWER_SECONDS)
        except TimeoutError:
            connection.terminate()
            raise
        self.heard_until = asked

    def _heard(self, _connection: object, _process: int, channel: str, payload: object) -> None:
        self._tell(channel, str(payload))

    def _tell(self, channel: str, key: str) -> None:
        for wake in self._waiting[channel]:
            wake.tell(key)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
