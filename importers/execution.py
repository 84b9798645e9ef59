"""A run worked on: from its claim, batch by batch, to its end or until the worker must go."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from time import monotonic

from importers.actions import ACTIONS
from importers.connections import UNAVAILABLE, Connection, connected
from importers.copying import Stopped, make_copy
from importers.errors import Unreadable
from importers.preparing import Prepared
from importers.queue import HOLD_RUN, LIVING, RELEASE_RUN, SEARCH_PATH, WITHDRAW
from importers.rights import viewer_of_run
from importers.runs import GOING, Claim, Fenced, claim, fail, finish, hand_back, status_of, warn
from importers.sources import BATCH, open_source
from importers.stage import open_stage
from importers.sweeping import sweep
from importers.terms import terms_of
from importers.writing import Writer
from models.errors import Refused
from models.imports import ImportStatus

BUSY = 5.0  # seconds a run waits for living workers, until it is worked on without them
PAUSE = 0.1  # seconds between looks at a run that another works on
PATIENCE = 10  # claims of one position: a batch that kills its worker each time must not do so for ever
MANY = 20_000  # added rows, after which what PostgreSQL knows of a table that was nearly empty is wrong

logger = logging.getLogger(__name__)


class HandedBack(Exception):
    """The worker has to go; the run waits at its checkpoint for another one."""


async def go_on(url: str, run_id: int, stop: asyncio.Event, *, size: int = BATCH) -> None:
    """Works on a run until it has ended; does nothing when it has already."""
    async with connected(url) as connection:
        await connection.execute(HOLD_RUN, run_id)
        held = await claim(connection, run_id)
        if held is None:
            return
        try:
            await _work(connection, url, held, stop, size)
        except Fenced:
            logger.info("Import run %s was cancelled, or another worker took it up.", run_id)
        except HandedBack:
            await hand_back(connection, held)
            raise
        except (Unreadable, Refused) as problem:
            await _fail(connection, held, str(problem))
        except UNAVAILABLE:
            raise
        except Exception:
            if connection.is_closed():
                raise
            logger.exception("Import run %s failed.", run_id)
            await _fail(connection, held, f"Internal error; the worker's log has more, under import run {run_id}.")


async def run_to_end(url: str, run_id: int, *, size: int = BATCH) -> ImportStatus:
    """Waits for the end of a run, and answers how it ended; works on it here and now where no worker does."""
    async with connected(url, search_path=SEARCH_PATH) as connection:
        begin = monotonic()
        while (status := await status_of(connection, run_id)) in GOING:
            alone = not await connection.fetchval(LIVING)
            if (alone or monotonic() - begin > BUSY) and await _work_alone(connection, url, run_id, size):
                continue
            if alone:
                await sweep(connection)  # a worker had it, and is dead
            await asyncio.sleep(PAUSE)
        return status


async def _work_alone(holder: Connection, url: str, run_id: int, size: int) -> bool:
    """Works on a run that waits in the queue, and answers whether it did: a worker that reaches for the run may be faster."""
    await holder.execute(HOLD_RUN, run_id)
    try:
        if await holder.fetchval(WITHDRAW, run_id) is None:
            return False
        await go_on(url, run_id, asyncio.Event(), size=size)
        return True
    finally:
        await holder.execute(RELEASE_RUN, run_id)


async def _fail(connection: Connection, held: Claim, reason: str) -> None:
    with contextlib.suppress(Fenced):
        await fail(connection, held, reason)


async def _work(connection: Connection, url: str, held: Claim, stop: asyncio.Event, size: int) -> None:
    if held.claims > PATIENCE:
        raise Unreadable(f"{PATIENCE} attempts to go on behind record {held.read} ended without a trace; the workers' logs may tell why.")
    action = ACTIONS[held.action]
    viewer = await viewer_of_run(connection, held, action.permission)
    try:
        await make_copy(connection, held.run_id, held.file_id, stop)
    except Stopped as stopped:
        raise HandedBack from stopped
    terms = await terms_of(connection, viewer, held.date_format, held.blanks)
    stage = await open_stage(connection, held, viewer, action.temporary_tables, action.scope)
    reading = await asyncio.to_thread(open_source, url, held, terms, size)
    try:
        if held.start.offset == 0:
            await warn(connection, held, reading.header.line, reading.header.columns, reading.warnings)
            for warning in reading.warnings:
                logger.info("Import run %s: %s", held.run_id, warning.message)
        await _write_all(Writer(stage, action, reading.explanations), reading.batches, stop)
    finally:
        await asyncio.to_thread(reading.close)
    await finish(connection, held)


async def _write_all(writer: Writer, batches: Iterator[Prepared], stop: asyncio.Event) -> None:
    """Writes batches while a thread makes the next one ready."""
    added = 0
    ahead = asyncio.ensure_future(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await ahead) is not None:
            ahead = asyncio.ensure_future(asyncio.to_thread(next, batches, None))
            totals = await writer.write(batch)
            if added < MANY <= added + totals.added:
                await _analyze(writer)
            added += totals.added
            if stop.is_set():
                raise HandedBack
    finally:
        # The connection must not be closed under the thread, and an error that nobody waits for any more is no news.
        await asyncio.gather(ahead, return_exceptions=True)


async def _analyze(writer: Writer) -> None:
    """Lets PostgreSQL look at the tables that were nearly empty when it last did."""
    connection = writer.stage.connection
    small = "select relname from pg_class where oid = any ($1::text[]::regclass[]) and reltuples < $2"
    few = await connection.fetch(small, writer.action.tables, MANY)
    if few:
        await connection.execute(f"analyze {', '.join(row['relname'] for row in few)}")
