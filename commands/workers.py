"""Import workers beside the server: started with it, started anew when they die, and asked to hand their runs back when it stops."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.storage import Place
from importers.queue import LIVING

CLI = Path(__file__).parent.parent / "cli.py"
PATIENCE = 15.0  # seconds; a batch takes less than one
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a dead worker's successor starts

log = logging.getLogger(__name__)


@asynccontextmanager
async def workers(count: int, place: Place, stopping: asyncio.Event) -> AsyncIterator[None]:
    """Keeps so many workers alive until `stopping` is set; leaving waits for their end."""
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(keep_one(place, stopping))
        try:
            yield
        finally:
            stopping.set()


async def keep_one(place: Place, stopping: asyncio.Event) -> None:
    """Runs one worker after the other, with pauses that grow as long as they die young."""
    pause = SHORTEST_PAUSE
    while not stopping.is_set():
        begin = time.monotonic()
        process = await start(place)
        await first_end(process.wait(), stopping.wait())
        if process.returncode is None:
            await stop(process)
            return
        pause = SHORTEST_PAUSE if time.monotonic() - begin > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
        log.error("An import worker ended with status %d; another starts in %.0f seconds.", process.returncode, pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)


async def first_end(*waits: Coroutine[Any, Any, object]) -> None:
    """Waits for whichever ends first, and for the others no longer."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


async def start(place: Place) -> Process:
    """Starts a worker whose standard input ends when this process does, however it ends."""
    # The URL may hold a password, and other users of the machine can read a command line.
    environment = os.environ | ({"DATABASE_URL": place.url} if place.url else {})
    # In a session of its own, a Ctrl-C at the terminal reaches the server alone, which then stops its workers in order.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(CLI), "worker", "--attached", "--data", str(place.data)),
        stdin=PIPE,
        stdout=DEVNULL,
        env=environment,
        start_new_session=True,
    )


async def stop(process: Process) -> None:
    """Asks a worker to hand its run back, and waits; one that does not answer is killed, and its run found again like any dead one's."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        log.error("An import worker did not stop within %.0f seconds and was killed.", PATIENCE)
        process.kill()
        await process.wait()


def end_with_standard_input() -> None:
    """Makes this process ask itself to stop when whoever started it is gone."""
    threading.Thread(target=_wait_and_stop, daemon=True).start()


def _wait_and_stop() -> None:
    with suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


async def living_workers(connection: AsyncConnection) -> int:
    """How many workers have shown within seconds that they live, on whichever machine."""
    return int((await connection.execute(text(LIVING))).scalar_one())
