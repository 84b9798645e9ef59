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


async def within(seconds: float, work: Awaitable[Result]) -> Result:
    """The result of work that is cancelled when its time is up."""
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError as problem:
        if not limit.expired():
            raise
        raise TimedOut(f"The operation was stopped after {seconds:g} seconds, the most it may take; ask for less at once.") from problem


async def while_connected(receive: Receive, work: Awaitable[Result]) -> Result:
    """The result of work that is cancelled when the client leaves; then raises ClientDisconnect. The body must have been read."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("Only a task can be stopped.")
    loop = asyncio.get_running_loop()
    left = False
    watch: asyncio.Task[None] | None = None

    async def look() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        left = True
        task.cancel()

    def begin() -> None:
        nonlocal watch
        watch = loop.create_task(look())

    later = loop.call_later(LOOKS_AFTER, begin)
    try:
        return await work
    except asyncio.CancelledError:
        if left and task.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        later.cancel()
        if watch is not None:
            watch.cancel()
