"""The worker: takes runs from the queue, goes on with them, and hands them back when it has to go."""

import asyncio
import contextlib
import logging
import signal
import sys

import procrastinate
import psycopg
import psycopg_pool
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from database.engine import plain_url
from database.outages import Notice
from importers.connections import Unavailable, connected
from importers.execution import HandedBack, go_on
from importers.ownership import OwnJobs
from importers.queue import QUEUE, SCHEMA, TASK
from importers.sources import BATCH
from importers.sweeping import STALLED, pause, sweep_until

CONCURRENCY = 2  # runs at once
HEARTBEAT = 1.0  # seconds
POLL = 1.0  # seconds between looks for jobs of which no notice came: those that another worker gave back
GRACE = 8.0  # seconds for the batch that is being written when the worker has to stop
LONGEST_WAIT = 30  # seconds until a run is tried again

logger = logging.getLogger(__name__)


class TryAgain(BaseRetryStrategy):
    """A run that was handed back is taken up at once; one that found no database, a little later each time."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Unavailable):
            return RetryDecision(retry_in={"seconds": min(2**job.attempts, LONGEST_WAIT)})
        if isinstance(exception, HandedBack | asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        return None


def work(url: str, *, name: str = "worker", size: int = BATCH) -> None:
    """Works until SIGTERM or SIGINT: the whole of a worker process."""
    # With the default of 5 ms, answers of the database wait for the thread that reads ahead, several times in each batch.
    sys.setswitchinterval(0.0005)
    asyncio.run(_until_signalled(url, name, size))


async def _until_signalled(url: str, name: str, size: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(url, name=name, stop=stop, size=size)


async def run_worker(url: str, *, name: str, stop: asyncio.Event, size: int = BATCH) -> None:
    """Works until told to stop, whatever becomes of the database meanwhile."""
    waiting = Notice(logger, f"The worker {name} waits for the database (%(reason)s), %(times)d times since the last line.")
    sweeping = asyncio.create_task(sweep_until(stop, url))
    try:
        while not stop.is_set():
            try:
                await _take_jobs(url, name, stop, size)
            except (Unavailable, ConnectorException, psycopg.OperationalError, psycopg_pool.PoolTimeout, OSError) as problem:
                waiting.write(problem)
            await pause(stop, POLL)
    finally:
        stop.set()
        await sweeping


async def _take_jobs(url: str, name: str, stop: asyncio.Event, size: int) -> None:
    """Works on one set of connections, for as long as these last."""
    async with connected(url):
        pass  # The pool would wait for the database half a minute, deaf to the signal to stop.
    options = f"-c search_path={SCHEMA} -c timezone=UTC -c application_name=backoffice"
    connector = procrastinate.PsycopgConnector(conninfo=plain_url(url), kwargs={"options": options}, min_size=1, max_size=CONCURRENCY + 2)
    app = procrastinate.App(connector=connector)
    app.job_manager = OwnJobs(connector)

    @app.task(name=TASK, queue=QUEUE, retry=TryAgain())
    async def go_on_with_run(run_id: int) -> None:
        await go_on(url, run_id, stop, size=size)

    async with app.open_async():
        taking = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                name=name,
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLL,
                shutdown_graceful_timeout=GRACE,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=STALLED,
                delete_jobs="always",
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([taking, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        taking.cancel()  # which is how it is asked to finish
        with contextlib.suppress(asyncio.CancelledError):
            await taking
