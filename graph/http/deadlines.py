"""An end to operations that nobody waits for any more, or that take too long."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from models.errors import Refused

Result = TypeVar("Result")

# Most operations have ended before it is worth a task to look whether their client is there.
LOOKS_AFTER = 0.05


class TimedOut(Refused):
    code = "TIMEOUT"


async def within(seconds: float, work: Awaitable[Result], receive: Receive | None = None) -> Result:
    """The result of work that is cancelled when its time is up: then raises TimedOut.

    With the `receive` of a request whose body has been read, it is cancelled when the client leaves, too: then raises ClientDisconnect.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("Only a task can be stopped.")
    loop = task.get_loop()
    ending: Exception | None = None
    watch: asyncio.Task[None] | None = None

    async def look() -> None:
        nonlocal ending
        try:
            async with asyncio.timeout(seconds - LOOKS_AFTER):
                await gone(receive)
            ending = ClientDisconnect()
        except TimeoutError:
            ending = TimedOut(f"The operation was stopped after {seconds:g} seconds, the most it may take; ask for less at once.")
        task.cancel()

    def begin() -> None:
        nonlocal watch
        watch = loop.create_task(look())

    later = loop.call_later(min(LOOKS_AFTER, seconds), begin)
    try:
        return await work
    except asyncio.CancelledError:
        if ending is not None and task.uncancel() == 0:
            raise ending from None
        raise
    finally:
        later.cancel()
        if watch is not None:
            watch.cancel()


async def gone(receive: Receive | None) -> None:
    """Returns when the client has left; never, when there is no telling."""
    if receive is None:
        await asyncio.get_running_loop().create_future()
        return
    while (await receive())["type"] != "http.disconnect":
        pass
