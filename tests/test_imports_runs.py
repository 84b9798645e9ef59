"""Runs: how they end, how they go on, and that nobody writes who has lost them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from importers.connections import Connection, Unavailable, connected
from importers.execution import PATIENCE, HandedBack, go_on, run_to_end
from importers.runs import Fenced, Totals, advance, claim, fail, finish
from importers.stretches import Position
from tests import import_files
from tests.conftest import Ask
from tests.importing import END_ALL_OTHERS, Importing, contents


@asynccontextmanager
async def worker(importing: Importing) -> AsyncIterator[Connection]:
    async with connected(importing.url) as connection:
        yield connection


async def test_a_file_with_a_header_only_succeeds_with_nothing_read(importing: Importing) -> None:
    outcome = await importing.run("email,first name\n")

    assert (outcome.status, outcome.totals, outcome.failure) == ("success", (0, 0, 0, 0, 0), None)
    (run,) = await importing.rows("select end_time >= start_time as timed, position = size as whole from import_run")
    assert run == {"timed": True, "whole": True}


async def test_blank_lines_are_not_counted_however_many(importing: Importing) -> None:
    outcome = await importing.run("email,first name\n" + "\n,\n" * 20 + "ann@example.com,Ann\n", size=3)

    assert outcome.totals == (1, 1, 0, 0, 0)
    assert await importing.rows("select first_record, lines from import_log_batch") == [{"first_record": 1, "lines": [42]}]


async def test_a_run_goes_on_from_its_checkpoint_and_ends_as_if_undisturbed(importing: Importing, database_url: str) -> None:
    sheet, _ = import_files.users(300, 7)
    run_id = await importing.queue(sheet.text)
    stop = asyncio.Event()
    stop.set()

    for _ in range(3):
        with pytest.raises(HandedBack):
            await go_on(importing.url, run_id, stop, size=37)
    halfway = await importing.outcome(run_id)
    await run_to_end(importing.url, run_id, size=50)

    outcome = await importing.outcome(run_id)
    assert (halfway.status, halfway.totals[0] > 90) == ("inProgress", True)
    assert (outcome.status, outcome.totals, outcome.errors) == ("successWithErrors", sheet.totals, sheet.errors)
    assert await importing.rows("select attempt from import_run") == [{"attempt": 4}]
    assert len(contents(database_url)["client"]) == sheet.added


async def test_who_lost_a_run_to_another_writes_nothing(importing: Importing) -> None:
    run_id = await importing.queue("email\nann@example.com\n")

    async with worker(importing) as slow, worker(importing) as fast:
        lost, held = await claim(slow, run_id), await claim(fast, run_id)
        assert lost is not None
        assert held is not None
        for deed in (advance(slow, lost, Totals(added=5), Position(9, 9, 9)), finish(slow, lost), fail(slow, lost, "slow")):
            with pytest.raises(Fenced):
                await deed
        await advance(fast, held, Totals(added=2, errored=1), Position(20, 2, 2))
        await finish(fast, held)

        assert await claim(slow, run_id) is None
    assert (await importing.outcome(run_id)).totals == (3, 2, 0, 0, 1)


async def test_a_run_that_is_taken_over_in_the_middle_is_written_once(importing: Importing) -> None:
    sheet, _ = import_files.users(400, 8)
    run_id = await importing.queue(sheet.text)

    async with asyncio.TaskGroup() as workers:
        for _ in range(4):
            workers.create_task(go_on(importing.url, run_id, asyncio.Event(), size=10))
            await asyncio.sleep(0.1)

    outcome = await importing.outcome(run_id)
    assert (outcome.totals, outcome.errors) == (sheet.totals, sheet.errors)
    assert await importing.rows("select count(*) as clients from client") == [{"clients": sheet.added}]


async def test_a_run_that_kills_its_workers_is_given_up(importing: Importing) -> None:
    run_id = await importing.queue("email\nann@example.com\n")
    async with worker(importing) as connection:
        for _ in range(PATIENCE):
            await claim(connection, run_id)

    await run_to_end(importing.url, run_id)

    outcome = await importing.outcome(run_id)
    assert (outcome.status, outcome.totals) == ("failed", (0, 0, 0, 0, 0))
    assert outcome.failure == "10 attempts to go on behind record 0 ended without a trace; the workers' logs may tell why."


async def test_a_bug_ends_the_run_and_is_logged_once(importing: Importing, caplog: pytest.LogCaptureFixture) -> None:
    await importing.do("alter table address rename to lost")

    with caplog.at_level(logging.ERROR):
        outcome = await importing.run("email\nann@example.com\n")

    assert (outcome.status, outcome.totals) == ("failed", (0, 0, 0, 0, 0))
    assert outcome.failure == f"Internal error; the worker's log has more, under import run {outcome.run_id}."
    (record,) = caplog.records
    assert record.getMessage() == f"Import run {outcome.run_id} failed."
    assert record.exc_info is not None


async def test_a_file_that_cannot_be_read_on_fails_and_keeps_what_was_written(importing: Importing) -> None:
    rows = "".join(f"client{number:07}@example.com\n" for number in range(60_000))
    run_id = await importing.queue("email\n" + rows)
    await importing.do("update import_file_chunk set content = set_byte(content, 5000, 255) where number = 1")

    await run_to_end(importing.url, run_id)

    outcome = await importing.outcome(run_id)
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert "0xFF" in outcome.failure
    assert outcome.totals[1] > 30_000
    assert await importing.rows("select count(*) as clients from client") == [{"clients": outcome.totals[1]}]


async def test_a_lost_connection_leaves_the_run_to_another_attempt(importing: Importing) -> None:
    sheet, _ = import_files.users(2_000, 9)
    run_id = await importing.queue(sheet.text)
    working = asyncio.create_task(go_on(importing.url, run_id, asyncio.Event(), size=20))
    await importing.has_read(run_id, 200)

    await importing.do(END_ALL_OTHERS)
    with pytest.raises(Unavailable):
        await working
    await importing.engine.dispose()

    interrupted = await importing.outcome(run_id)
    await run_to_end(importing.url, run_id, size=500)
    outcome = await importing.outcome(run_id)
    assert (interrupted.status, outcome.status) == ("inProgress", "successWithErrors")
    assert (outcome.totals, outcome.errors) == (sheet.totals, sheet.errors)


async def test_two_imports_of_the_same_users_neither_wait_for_ever_nor_lose_a_row(importing: Importing) -> None:
    emails = [f"client{number}@example.com" for number in range(1_200)]
    known = emails[::3]
    await importing.run("email,first name\n" + "".join(f"{email},Old\n" for email in known))
    runs = []
    for name, order in (("A", emails), ("B", emails[::-1])):
        records = "".join(f"{email},{name},{name}town\n" for email in order)
        runs.append(await importing.queue(f"email,first name,city\n{records}"))

    async with asyncio.timeout(60):
        await asyncio.gather(*(run_to_end(importing.url, run_id, size=40) for run_id in runs))

    outcomes = [await importing.outcome(run_id) for run_id in runs]
    assert [outcome.errors for outcome in outcomes] == [[], []]
    assert sum(outcome.totals[1] for outcome in outcomes) == 800
    assert sum(outcome.totals[2] for outcome in outcomes) == 1_600
    clients = await importing.rows("select first_name, city, count(*) as clients from client group by 1, 2 order by 1")
    assert sum(row["clients"] for row in clients) == 1_200
    assert {(row["first_name"], row["city"]) for row in clients} <= {("A", "Atown"), ("B", "Btown")}
    addresses = await importing.rows("select count(*) as addresses, count(distinct client_id) as clients from address")
    assert addresses == [{"addresses": 1_200, "clients": 1_200}]


async def test_a_duplicate_is_found_although_another_run_has_touched_the_row_meanwhile(importing: Importing) -> None:
    stop = asyncio.Event()
    stop.set()
    first = await importing.queue("email,first name\nann@example.com,Ann\nbo@example.com,Bo\nann@example.com,Anna\n")
    with pytest.raises(HandedBack):
        await go_on(importing.url, first, stop, size=1)

    other = await importing.run("email,first name\nann@example.com,Annie\n")
    await run_to_end(importing.url, first, size=1)

    outcome = await importing.outcome(first)
    assert (other.totals, outcome.totals) == ((1, 0, 1, 0, 0), (3, 2, 0, 0, 1))
    assert outcome.errors == [(4, "DUPLICATE_IN_FILE")]
    assert await importing.rows("select first_name from client order by email") == [{"first_name": "Annie"}, {"first_name": "Bo"}]


async def test_the_speed_is_told_to_one_decimal(importing: Importing, ask: Ask) -> None:
    outcome = await importing.run("email\nann@example.com\nbo@example.com\ncy@example.com\n")
    await importing.do("update import_run set start_time = update_time - interval '0.7 seconds'")

    found = await ask("query ($id: Int!) { importRun(importRunId: $id) { progress { rowsPerSecond } } }", id=outcome.run_id)

    assert found == {"importRun": {"progress": {"rowsPerSecond": 4.3}}}
