"""Worker processes: killed, stopped, paused, many runs at once."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from importers.connections import connected
from importers.execution import run_to_end
from importers.jobs import cancel_run
from importers.queue import HOLD_RUN, SEARCH_PATH, WITHDRAW
from importers.runs import claim
from importers.sweeping import sweep
from tests import import_files
from tests.importing import END_ALL_OTHERS, Importing, contents, eventually

ROOT = Path(__file__).parent.parent
WORKER = "import sys; from importers.worker import work; work(sys.argv[1], name=sys.argv[2], size=int(sys.argv[3]))"
RECOVERY = 30  # seconds within which the run of a dead worker must be taken up

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    """Starts workers; whatever is left of them at the end is killed."""
    workers: list[subprocess.Popen[bytes]] = []

    def start_one(*, size: int = 5_000) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", WORKER, database_url, f"worker {len(workers)}", str(size)]
        workers.append(subprocess.Popen(command, cwd=ROOT))
        return workers[-1]

    yield start_one
    for worker in workers:
        worker.kill()
        worker.wait()


async def test_a_killed_worker_is_replaced_and_the_run_ends_as_if_undisturbed(
    importing: Importing, start: Start, database_url: str
) -> None:
    sheet, _ = import_files.users(20_000, 11)
    run_id = await importing.queue(sheet.text)
    worker = start(size=200)
    read = await importing.has_read(run_id, 2_000)

    for _ in range(2):
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        read = (await importing.outcome(run_id)).totals[0]
        worker = start(size=200)
        await importing.has_read(run_id, read + 3_000)
    outcome = await importing.ended(run_id, within=60)

    assert (outcome.status, outcome.totals, outcome.errors) == ("successWithErrors", sheet.totals, sheet.errors)
    disturbed = contents(database_url)
    await importing.do("truncate client, address, phone_number, import_run, import_seen, import_log_batch, import_row_error cascade")
    undisturbed = await importing.run(sheet.text, size=200)
    assert (undisturbed.totals, undisturbed.errors) == (outcome.totals, outcome.errors)
    assert contents(database_url) == disturbed


async def test_a_worker_that_is_asked_to_stop_hands_its_run_back_within_seconds(importing: Importing, start: Start) -> None:
    sheet, _ = import_files.users(20_000, 12)
    run_id = await importing.queue(sheet.text)
    worker = start(size=100)
    await importing.has_read(run_id, 1_000)

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=5) == 0

    (job,) = await importing.rows("select status, worker_id from procrastinate.procrastinate_jobs")
    assert job["status"] == "todo"
    assert await importing.rows("select * from procrastinate.procrastinate_workers") == []
    (run,) = await importing.rows("select status, checkpoint - 'line' - 'row' as rest from import_run")
    assert run == {"status": "inProgress", "rest": {}}
    start()
    outcome = await importing.ended(run_id, within=20)
    assert (outcome.totals, outcome.errors) == (sheet.totals, sheet.errors)


async def test_a_paused_worker_that_wakes_up_writes_nothing(importing: Importing, start: Start) -> None:
    sheet, _ = import_files.users(20_000, 13)
    run_id = await importing.queue(sheet.text)
    paused = start(size=100)
    read = await importing.has_read(run_id, 1_000)
    paused.send_signal(signal.SIGSTOP)

    start(size=1_000)
    await importing.has_read(run_id, read + 2_000)
    paused.send_signal(signal.SIGCONT)
    outcome = await importing.ended(run_id, within=60)

    assert (outcome.totals, outcome.errors) == (sheet.totals, sheet.errors)
    assert paused.poll() is None
    assert await importing.rows("select count(*) as clients, max(attempt) as attempts from client, import_run") == [
        {"clients": sheet.added, "attempts": 2}
    ]


async def test_a_hundred_runs_queued_at_once_all_end(importing: Importing, start: Start) -> None:
    files = [f"email\nclient{number}@example.com\nshared{number % 7}@example.com\n" for number in range(100)]
    runs = [await importing.queue(file) for file in files]

    start()
    start()
    outcomes = [await importing.ended(run_id, within=60) for run_id in runs]

    assert {outcome.status for outcome in outcomes} == {"success"}
    assert [sum(outcome.totals[place] for outcome in outcomes) for place in (0, 1, 3, 4)] == [200, 107, 93, 0]
    assert await importing.rows("select count(*) as clients from client") == [{"clients": 107}]


async def test_a_run_is_cancelled_within_two_seconds(importing: Importing, start: Start) -> None:
    sheet, _ = import_files.users(20_000, 14)
    run_id = await importing.queue(sheet.text)
    start(size=100)
    await importing.has_read(run_id, 1_000)

    async def worker_is_idle() -> bool:
        return await importing.tables("procrastinate.procrastinate_jobs") == [[]]

    async with asyncio.timeout(2):
        await cancel_run(importing.engine, importing.viewer, run_id)
        await eventually(worker_is_idle, within=2)

    outcome = await importing.outcome(run_id)
    assert outcome.status == "cancelled"
    assert await importing.rows("select count(*) as clients from client") == [{"clients": outcome.totals[1]}]


async def test_a_run_that_nobody_has_is_queued_again_and_one_that_is_held_is_not(importing: Importing) -> None:
    run_id = await importing.queue("email\nann@example.com\n")
    old = "update import_run set update_time = now() - interval '1 minute'"
    jobs = "select args, status::text from procrastinate.procrastinate_jobs"

    async with connected(importing.url, search_path=SEARCH_PATH) as sweeper:
        await sweep(sweeper)
        assert len(await importing.rows(jobs)) == 1
        async with connected(importing.url, search_path=SEARCH_PATH) as holder:
            await holder.execute(HOLD_RUN, run_id)
            await holder.execute(WITHDRAW, run_id)
            await claim(holder, run_id)
            await importing.do(old)
            await sweep(sweeper)
            assert await importing.rows(jobs) == []
        await sweep(sweeper)
        assert await importing.rows(jobs) == [{"args": {"run_id": run_id}, "status": "todo"}]

        await run_to_end(importing.url, run_id)
        await importing.do(old)
        await sweep(sweeper)
    assert await importing.rows(jobs) == []
    assert (await importing.outcome(run_id)).totals == (1, 1, 0, 0, 0)


async def test_a_forsaken_run_is_found_by_a_worker(importing: Importing, start: Start) -> None:
    run_id = await importing.queue("email\nann@example.com\n")
    await importing.do("truncate procrastinate.procrastinate_jobs cascade")
    await importing.do("update import_run set update_time = update_time - interval '1 minute'")

    start()
    outcome = await importing.ended(run_id, within=RECOVERY)

    assert (outcome.status, outcome.totals) == ("success", (1, 1, 0, 0, 0))


async def test_a_server_that_restarts_is_waited_for(importing: Importing, start: Start) -> None:
    sheet, _ = import_files.users(20_000, 16)
    run_id = await importing.queue(sheet.text)
    worker = start(size=100)
    await importing.has_read(run_id, 1_000)

    for _ in range(3):
        await importing.do(END_ALL_OTHERS)
        await importing.engine.dispose()
        await asyncio.sleep(0.5)
    outcome = await importing.ended(run_id, within=60)

    assert (outcome.status, outcome.totals, outcome.errors) == ("successWithErrors", sheet.totals, sheet.errors)
    assert worker.poll() is None
