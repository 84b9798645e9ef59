"""Who works on a run: a worker or a command, one at a time, and whoever has lost it stops without a word."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from importers import execution
from importers.actions import ACTIONS
from importers.connections import connected
from importers.execution import go_on, run_to_end
from importers.preparing import Prepared
from importers.runs import Fenced, claim
from importers.sources import open_source
from importers.stage import open_stage
from importers.terms import terms_of
from importers.writing import Writer
from tests import import_files
from tests.backoffice import Run, rows
from tests.importing import Importing
from tests.served import ROOT
from tests.test_imports_worker import WORKER

LIVING = "select count(*) as living from procrastinate.procrastinate_workers"


@contextmanager
def working(database_url: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker; what it says goes into a file."""
    command = [sys.executable, "-c", WORKER, database_url, "worker", "100"]
    with log.open("wb") as said, subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said) as process:
        try:
            yield process
        finally:
            process.kill()


@asynccontextmanager
async def writer_of(importing: Importing, run_id: int) -> AsyncIterator[tuple[Writer, Iterator[Prepared]]]:
    """A runner that has just taken a run up."""
    async with connected(importing.url) as connection:
        held = await claim(connection, run_id)
        assert held is not None
        action = ACTIONS[held.action]
        stage = await open_stage(connection, held, importing.viewer, action.temporary_tables, action.scope)
        terms = await terms_of(connection, importing.viewer, held.date_format, held.blanks)
        source = await asyncio.to_thread(open_source, importing.url, held, terms, 100)
        try:
            yield Writer(stage, action, source.explanations), source.batches
        finally:
            source.close()


def test_a_command_follows_the_worker_that_has_its_run(
    run: Run, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheet, _ = import_files.users(500, 21)
    (tmp_path / "people.csv").write_text(sheet.text)
    log = tmp_path / "worker.log"

    with working(database_url, log):
        for _ in range(400):
            if rows(database_url, LIVING) == [(1,)]:
                break
            time.sleep(0.05)
        statuses = {run("import", "users", str(tmp_path / "people.csv"))[0] for _ in range(3)}

    assert statuses == {2}
    assert rows(database_url, "select attempt, read from import_run") == [(1, sheet.totals[0])] * 3
    assert log.read_text() == ""
    assert caplog.text == ""


def test_a_command_works_on_its_run_alone_where_no_worker_lives(run: Run, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email\nann@example.com\n")

    assert run("import", "users", str(tmp_path / "people.csv"))[0] == 0

    assert rows(database_url, "select attempt, status from import_run") == [(1, "success")]
    assert rows(database_url, "select * from procrastinate.procrastinate_jobs") == []


async def test_of_many_who_would_work_on_a_run_one_does(importing: Importing) -> None:
    sheet, _ = import_files.users(400, 22)
    run_id = await importing.queue(sheet.text)

    ends = await asyncio.gather(*(run_to_end(importing.url, run_id, size=20) for _ in range(5)))

    assert {end.value for end in ends} == {"successWithErrors"}
    assert (await importing.outcome(run_id)).totals == sheet.totals
    assert await importing.rows("select attempt from import_run") == [{"attempt": 1}]


async def test_a_run_whose_only_worker_dies_is_worked_on_by_who_waits_for_it(
    importing: Importing, database_url: str, tmp_path: Path
) -> None:
    sheet, _ = import_files.users(4_000, 23)
    run_id = await importing.queue(sheet.text)
    with working(database_url, tmp_path / "worker.log"):
        await importing.has_read(run_id, 500)
    waiting = asyncio.create_task(run_to_end(importing.url, run_id))
    await asyncio.sleep(0.3)
    followed = waiting.done()
    await importing.do("update procrastinate.procrastinate_workers set last_heartbeat = last_heartbeat - interval '1 minute'")
    await waiting

    outcome = await importing.outcome(run_id)
    assert not followed
    assert (outcome.status, outcome.totals, outcome.errors) == ("successWithErrors", sheet.totals, sheet.errors)
    assert await importing.rows("select attempt from import_run") == [{"attempt": 2}]


async def test_a_run_for_which_no_worker_has_time_is_worked_on_without_them(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "BUSY", 0.3)
    await importing.do("insert into procrastinate.procrastinate_workers default values")
    run_id = await importing.queue("email\nann@example.com\n")

    waiting = asyncio.create_task(run_to_end(importing.url, run_id))
    await asyncio.sleep(0.1)
    early = await importing.outcome(run_id)
    await waiting

    assert early.status == "new"
    assert (await importing.outcome(run_id)).totals == (1, 1, 0, 0, 0)


async def test_who_has_lost_a_run_learns_it_before_the_rows_of_another_are_in_the_way(importing: Importing) -> None:
    sheet, _ = import_files.users(250, 24)
    run_id = await importing.queue(sheet.text)

    async with writer_of(importing, run_id) as (slow, batches):
        await run_to_end(importing.url, run_id, size=100)
        ended = await importing.tables("client", "import_run", "import_log_batch", "import_row_error")
        with pytest.raises(Fenced):
            await slow.write(next(batches))

    assert await importing.tables("client", "import_run", "import_log_batch", "import_row_error") == ended


async def test_runners_that_take_a_run_from_each_other_have_nothing_to_report(
    importing: Importing, caplog: pytest.LogCaptureFixture
) -> None:
    sheet, _ = import_files.users(600, 25)
    run_id = await importing.queue(sheet.text)

    async with asyncio.TaskGroup() as runners:
        for _ in range(6):
            runners.create_task(go_on(importing.url, run_id, asyncio.Event(), size=20))
            await asyncio.sleep(0.05)

    assert (await importing.outcome(run_id)).totals == sheet.totals
    assert caplog.text == ""
