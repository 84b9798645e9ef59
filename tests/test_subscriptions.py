"""Events of subscriptions: answered by plans as graphql-core would answer them, in one statement, without cycles, the newest first."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from graphql import parse, validate
from graphql.execution import Executor, execute_subscription_event
from sqlalchemy.ext.asyncio import AsyncEngine

from database.changes import Changes, Wake
from database.pool import Pool
from graph import live
from graph.compiled import Compiler, Planned, Way
from graph.context import Context, Services
from graph.events import Event
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models.access import ADMINISTRATOR, SYSTEM, Viewer
from tests.desk import signed_in
from tests.following import EVENTS, Application, application, received, told
from tests.garbage import garbage_left
from tests.importing import Importing

NOTIFY = "select pg_notify('import_run', cast(cast(:run as int) as text))"
STATE = "importRunId status totals { read errored } progress { fraction } job { title user { email } }"
EVENTS_SENT = 20


@pytest.fixture
async def services(database: AsyncEngine, database_url: str) -> AsyncIterator[Services]:
    changes = Changes(database_url, CONFIGURATION_CHANGES)
    configuration = Configuration(database_url, changes)
    await changes.start()
    await configuration.start()
    pool = Pool(database_url, size=4)
    yield Services(database, changes, 1000, pool, configuration)
    await pool.close()
    await configuration.stop()
    await changes.stop()


@pytest.fixture
async def running(importing: Importing) -> int:
    """A run that nobody carries out."""
    return await importing.queue("email\nann@example.com\n")


async def by_core(services: Services, query: str, variables: dict[str, Any], event: Event, viewer: Viewer = SYSTEM) -> Any:
    executor = Executor.build(
        schema._schema, parse(query), root_value=event, context_value=Context(services, viewer), raw_variable_values=variables
    )
    assert isinstance(executor, Executor)
    return await execute_subscription_event(executor)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("subscription { importRuns { importRunId } }", {}),
        (f"subscription {{ importRuns {{ {STATE} }} }}", {}),
        ("subscription { importRuns { __typename id progress { rowsPerSecond } errorFileUrl createdAt failure dryRun } }", {}),
        ("subscription ($id: Int!) { run: importRun(importRunId: $id) { number importRunId ... on Node { id } } }", {"id": 1}),
        (
            "subscription { importRuns { job { ...Job } } } fragment Job on ImportJob { title runs(first: 2) { totalCount nodes { id } } }",
            {},
        ),
        (
            "subscription { importRuns { errorMessages(first: 3) { totalCount nodes { line message } } logMessages { nodes { line } } } }",
            {},
        ),
        ("subscription ($on: Boolean!) { importRuns { status @include(if: $on) number @skip(if: $on) } }", {"on": True}),
    ],
)
@pytest.mark.parametrize("faulty", [False, True])
async def test_a_plan_tells_an_event_as_graphql_core_does(
    services: Services, importing: Importing, query: str, variables: dict[str, Any], faulty: bool
) -> None:
    run = (await importing.run("email\nbroken\nann@example.com\n")).run_id if faulty else await importing.queue("email\nann@example.com\n")
    assert validate(schema._schema, parse(query)) == []
    compiler, event, same = Compiler(schema._schema), Event(run), Event(run)

    answer = await compiler.execute(Planned(parse(query)), None, variables, Context(services, SYSTEM), event)

    assert answer is not None
    assert len(answer.statements) == 1
    reference = await by_core(services, query, variables, same)
    assert reference.errors is None
    assert answer.json == orjson.dumps({"data": reference.data})
    assert event == same
    assert event.is_last == (faulty and "importRun(" in query)


@pytest.mark.parametrize(
    ("missing", "key", "code"),
    [
        ("", 999, "NOT_FOUND"),
        ("imports.read", 1, "FORBIDDEN"),
        ("users.read", 1, "FORBIDDEN"),
    ],
)
async def test_what_ends_in_an_error_is_left_to_graphql_core(
    importing: Importing, services: Services, missing: str, key: int, code: str
) -> None:
    await importing.queue("email\nann@example.com\n")
    query = f"subscription {{ importRun(importRunId: 1) {{ {STATE} }} }}"
    compiler, event, viewer = Compiler(schema._schema), Event(key), Viewer(1, ADMINISTRATOR - {missing})

    assert await compiler.execute(Planned(parse(query)), None, {}, Context(services, viewer), event) is None

    assert compiler.ways == {Way.REFUSED if code == "NOT_FOUND" else Way.FORBIDDEN: 1}
    [error] = (await by_core(services, query, {}, event, viewer)).errors
    assert error.original_error.code == code
    assert event.is_last == (code == "NOT_FOUND")


async def test_of_all_runs_one_that_is_gone_is_left_out(services: Services) -> None:
    event = Event(999)

    await by_core(services, "subscription { importRuns { importRunId } }", {}, event)

    assert (event.is_absent, event.is_last) == (True, False)


async def test_a_query_is_not_answered_as_an_event_nor_an_event_as_a_query(services: Services, running: int) -> None:
    compiler, context = Compiler(schema._schema), Context(services, SYSTEM)

    assert await compiler.execute(Planned(parse("{ importRun(importRunId: 1) { number } }")), None, {}, context, Event(running)) is None
    assert await compiler.execute(Planned(parse("subscription { importRuns { number } }")), None, {}, context) is None


# Over the wire


@pytest.fixture
async def running_application(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    monkeypatch.setattr(live, "PAUSE", 0)
    async with application(database_url) as found:
        yield found


@pytest.mark.parametrize("query", ["importRun(importRunId: 1)", "importRuns"])
async def test_an_event_leaves_no_cycles(running_application: Application, database: AsyncEngine, running: int, query: str) -> None:
    headers = await signed_in(database)
    async with running_application.socket(headers, f"subscription {{ {query} {{ {STATE} }} }}") as opened:
        await received(opened)
        await told(database, NOTIFY, run=running)
        await received(opened)

        with garbage_left() as left:
            for _ in range(EVENTS_SENT):
                await told(database, NOTIFY, run=running)
                assert (await received(opened))["type"] == "next"

    assert left == []


async def test_a_stream_completes_after_the_last_state(
    running_application: Application, database: AsyncEngine, importing: Importing, running: int
) -> None:
    headers = await signed_in(database)
    states: list[str] = []

    lines = running_application.lines(headers, "subscription { importRun(importRunId: 1) { status } }", EVENTS)
    async for line in lines:
        if line.startswith("data: {"):
            states.append(json.loads(line[6:])["data"]["importRun"]["status"])
            await told(database, "update import_run set status = 'failed', failure = 'The file is gone.'")
            await told(database, NOTIFY, run=running)

    assert states == ["NEW", "FAILED"]


async def test_a_run_that_there_is_not_is_told_and_ends_the_subscription(running_application: Application, database: AsyncEngine) -> None:
    headers = await signed_in(database)

    async with running_application.socket(headers, "subscription { importRun(importRunId: 7) { status } }") as opened:
        [error] = (await received(opened))["payload"]["errors"]
        assert error["message"] == "importRunId: there is no ImportRun 7 that you may see."
        assert error["extensions"]["code"] == "NOT_FOUND"
        assert await received(opened) == {"id": "1", "type": "complete"}


async def test_a_failure_of_one_event_does_not_end_the_others(
    running_application: Application, database: AsyncEngine, running: int
) -> None:
    headers = await signed_in(database)
    async with running_application.socket(headers, "subscription { importRun(importRunId: 1) { number } }") as opened:
        await received(opened)
        await told(database, "alter table import_run rename to import_run_away")
        await told(database, NOTIFY, run=running)
        failed = await received(opened)
        await told(database, "alter table import_run_away rename to import_run")
        await told(database, NOTIFY, run=running)
        after = await received(opened)

    assert failed["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert after["payload"] == {"data": {"importRun": {"number": 1}}}


# Slow subscribers


async def test_a_subscriber_that_does_not_read_gets_the_newest_state_and_slows_nobody(
    running_application: Application, database: AsyncEngine, running: int
) -> None:
    headers = await signed_in(database)
    await told(database, "update import_job set description = repeat('long ', 40000)")
    query = "subscription { importRun(importRunId: 1) { totals { read } job { description } } }"

    async with (
        running_application.socket(headers, query, max_queue=1, max_size=None) as slow,
        running_application.socket(headers, query, max_size=None) as quick,
    ):
        await received(quick)
        for number in range(1, 101):
            await told(database, "update import_run set read = :number", number=number)
            await told(database, NOTIFY, run=running)
            assert (await received(quick))["payload"]["data"]["importRun"]["totals"]["read"] == number
        numbers: list[int] = []
        while not numbers or numbers[-1] < 100:
            numbers.append((await received(slow))["payload"]["data"]["importRun"]["totals"]["read"])

    assert len(numbers) < 60
    assert numbers == sorted(numbers)


async def test_what_changes_while_a_subscriber_is_busy_is_bounded() -> None:
    wake = Wake()

    for number in range(100_000):
        wake.tell(str(number))

    keys = await wake.changed()
    assert "" in keys
    assert len(keys) <= 1_000
    wake.tell("7")
    assert await wake.changed() == ["7"]


async def test_many_subscribers_each_get_the_last_state(running_application: Application, database: AsyncEngine, running: int) -> None:
    headers = await signed_in(database)
    query = "subscription { importRun(importRunId: 1) { totals { read } } }"

    async def follow() -> int:
        async with running_application.socket(headers, query) as opened:
            while (number := (await received(opened))["payload"]["data"]["importRun"]["totals"]["read"]) < 3:
                pass
            return int(number)

    following = [asyncio.create_task(follow()) for _ in range(30)]
    for number in range(1, 4):
        await asyncio.sleep(0.2)
        await told(database, "update import_run set read = :number", number=number)
        await told(database, NOTIFY, run=running)

    assert await asyncio.gather(*following) == [3] * 30
