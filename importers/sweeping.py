"""What keeps runs from being left alone: jobs of dead workers go back to the queue, and so do runs that have no job."""

import asyncio
import contextlib
import logging

import asyncpg

from database.outages import Notice
from importers.connections import Connection, Unavailable, connected
from importers.queue import DEFER, HOLD, QUEUE, SEARCH_PATH

STALLED = 5.0  # seconds without a heartbeat after which a worker is taken for dead
SWEEP = 2.0  # seconds between looks
LIMIT = 10.0  # seconds for one look

logger = logging.getLogger(__name__)

RECOVER = f"""
    with dead as (
        select job.id, job.args
        from procrastinate_jobs as job
        left join procrastinate_workers as worker
            on worker.id = job.worker_id and worker.last_heartbeat > now() - make_interval(secs => {STALLED})
        where job.status = 'doing' and job.queue_name = '{QUEUE}' and worker.id is null
        for update of job skip locked)
    select args->>'run_id' as run_id, procrastinate_retry_job_v2(id, now(), null, null, null) from dead"""  # noqa: S608 - constants

# Neither waiting nor held by anyone. The age keeps off runs that pass from the queue to a holder at this moment.
FORSAKEN = f"""
    select run.import_run_id
    from public.import_run as run
    where run.status in ('new', 'inProgress') and run.update_time < now() - make_interval(secs => {STALLED})
        and not exists (
            select from procrastinate_jobs as job where job.lock = 'import_run ' || run.import_run_id and job.status in ('todo', 'doing'))
        and not exists (
            select from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
                and classid = {HOLD} and objid = run.import_run_id and objsubid = 2)"""  # noqa: S608 - constants


async def sweep_until(stop: asyncio.Event, url: str) -> None:
    """Looks again and again. Not a job itself: there would be nobody to see it stall."""
    waiting = Notice(logger, "The sweep for dead workers waits for the database (%(reason)s), %(times)d times since the last line.")
    while not stop.is_set():
        try:
            async with connected(url, search_path=SEARCH_PATH) as connection:
                while not stop.is_set():
                    await sweep(connection)
                    await pause(stop, SWEEP)
        except Unavailable as problem:
            waiting.write(problem)
        except Exception:
            logger.exception("The sweep for dead workers failed; it is tried again.")
        await pause(stop, SWEEP)


async def sweep(connection: Connection) -> None:
    """One look, on a connection that sees the engine's schema first."""
    for row in await connection.fetch(RECOVER, timeout=LIMIT):
        logger.warning("Import run %s goes back to the queue: its worker shows no life.", row["run_id"])
    for row in await connection.fetch(FORSAKEN, timeout=LIMIT):
        with contextlib.suppress(asyncpg.UniqueViolationError):  # another worker was faster
            await connection.execute(DEFER, row["import_run_id"], timeout=LIMIT)
            logger.warning("Import run %s is queued again: nobody had it.", row["import_run_id"])


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleeps, but not beyond the signal to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
