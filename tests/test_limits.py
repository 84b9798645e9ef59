"""What one operation may ask for at once: rows computed before anything is read, rows really read, bytes, and lists in arguments."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import VariableValues
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from database.changes import Changes
from database.pool import Pool
from graph.compiled import Compiler, Planned
from graph.compiled.budget import Budget
from graph.compiled.cost import OperationCost
from graph.context import Context, Services
from graph.limits import OperationLimits
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models.access import SYSTEM
from models.errors import TooCostly
from tests import make
from tests.conftest import Ask
from tests.desk import desk, signed_in
from web.page import tabs

CYCLE = "{ clients(first: 200) { nodes { transactions(first: 200) { nodes { client { transactions(first: 200) { nodes { id } } } } } } } }"
PARTNERS = "{ ibPartners { nodes { referrals { nodes { partner { referrals { nodes { partner { ibPartnerId } } } } } } } } }"


def rows_of(text: str, **variables: Any) -> int:
    """What an operation costs."""
    document = parse(text)
    assert validate(schema._schema, document) == []
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return OperationCost(schema._schema, document, operation, VariableValues({}, variables)).rows(variables)


# The cost, before anything is read


@pytest.mark.parametrize(
    ("text", "variables", "rows"),
    [
        ("{ clients { nodes { id } } }", {}, 50),
        ("{ clients(last: 7) { edges { node { id } } } }", {}, 7),
        ("query ($n: Int) { clients(first: $n) { nodes { id } } }", {"n": 9}, 9),
        ("query ($n: Int) { clients(first: $n) { nodes { id } } }", {}, 50),
        # Beyond what a page may have, the page refuses it.
        ("query ($n: Int) { clients(first: $n) { nodes { id } } }", {"n": 1_000_000}, 500),
        ("query ($n: Int) { clients(first: $n) { nodes { id } } }", {"n": -1}, 0),
        ("{ clients(first: -5) { nodes { accounts(first: -50) { nodes { id } } } } }", {}, 0),
        ("{ clients { totalCount } }", {}, 0),
        ("{ clients(first: 10) { pageInfo { endCursor } } }", {}, 10),
        # A page is read once, however often it is shown.
        ("{ clients(first: 10) { nodes { id } edges { node { id accounts(first: 3) { nodes { id } } } } } }", {}, 40),
        # So is a field that is asked for twice; under other names it is another.
        ("{ clients(first: 10) { nodes { id } } clients(first: 10) { nodes { email } } }", {}, 10),
        ("{ clients(first: 10) { nodes { id } } others: clients(first: 10) { nodes { id } } }", {}, 20),
        ("{ clients(first: 10) { nodes { ...f } } } fragment f on Client { accounts(first: 2) { nodes { client { id } } } }", {}, 50),
        ("query ($no: Boolean!) { clients(first: 10) { nodes { accounts @skip(if: $no) { nodes { id } } } } }", {"no": True}, 10),
        # Configuration comes from memory, row by row.
        ("{ clients(first: 10) { nodes { country { alpha2Code } manager { name } } } }", {}, 10),
        ("{ countries { alpha2Code } }", {}, 300),
        ("{ clients(first: 10) { nodes { addresses { city } } } }", {}, 210),
        ("{ client(clientId: 1) { id transactions(first: 5) { nodes { client { id } } } } }", {}, 11),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 30}, 30),
        ('{ nodes(ids: ["a", "b"]) { ... on Client { accounts(first: 9) { nodes { id } } } ... on Product { name } } }', {}, 20),
        ("{ viewer { user { email clientTags { name } } } importActions { action } }", {}, 21),
    ],
)
def test_an_operation_costs_the_rows_that_it_may_read(text: str, variables: dict[str, Any], rows: int) -> None:
    assert rows_of(text, **variables) == rows


def test_the_prepared_tabs_stay_far_below_the_limit() -> None:
    for tab in tabs():
        document = parse(tab.query)
        operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        for operation in operations:
            assert OperationCost(schema._schema, document, operation, VariableValues({}, {})).rows({}) < 50_000, tab


@pytest.fixture
async def client(database: AsyncEngine, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with desk(database_url) as client:
        client.headers.update(await signed_in(database))
        yield client


async def refusal(client: httpx.AsyncClient, query: str, **variables: Any) -> str:
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED"}
    assert "data" not in answer.json()
    message: str = error["message"]
    return message


async def test_what_may_read_too_much_is_refused_and_says_what_to_make_smaller(client: httpx.AsyncClient) -> None:
    assert await refusal(client, CYCLE) == (
        "The operation may read 8,080,200 rows, but at most 100,000 are read at once. Most of them stand at "
        "clients.nodes.transactions.nodes.client.transactions, 200 for each row above and 8,000,000 in all: "
        "ask for fewer there or above (`first`), or for less at once."
    )
    assert "at ibPartners.nodes.referrals.nodes.partner.referrals" in await refusal(client, PARTNERS)


async def test_pages_whose_size_is_a_variable_and_aliases_are_added_up(client: httpx.AsyncClient) -> None:
    query = "query ($n: Int) { %s }" % " ".join(  # noqa: UP031
        f"a{number}: clients(first: $n) {{ nodes {{ accounts(first: $n) {{ nodes {{ id }} }} }} }}" for number in range(10)
    )

    assert (await refusal(client, query, n=100)).startswith("The operation may read 101,000 rows, ")
    assert "errors" not in (await client.post("/graphql", json={"query": query, "variables": {"n": 10}})).json()


async def test_what_a_mutation_answers_counts_too_and_nothing_is_done(client: httpx.AsyncClient) -> None:
    query = """mutation { importJobRun(input: {importJobId: 1}) { run { job { runs(first: 500) { nodes {
        errorMessages(first: 500) { nodes { line } } } } } } userErrors { code } } }"""

    assert (await refusal(client, query)).startswith("The operation may read 250,502 rows, ")


async def test_what_an_event_would_read_counts_before_the_first_one(client: httpx.AsyncClient) -> None:
    query = "subscription { importRuns { job { runs(first: 500) { nodes { errorMessages(first: 500) { nodes { line } } } } } } }"

    answer = await client.post("/graphql", json={"query": query}, headers={"accept": "text/event-stream"})

    assert '"The operation may read 250,502 rows, ' in answer.text
    assert "COST_LIMIT_EXCEEDED" in answer.text


async def test_an_operator_can_set_the_limit(database: AsyncEngine, database_url: str) -> None:
    async with desk(database_url, operation_cost=40) as client:
        client.headers.update(await signed_in(database))

        assert (await refusal(client, "{ clients { nodes { id } } }")).startswith("The operation may read 50 rows, but at most 40 ")


async def test_no_statement_is_run_for_what_is_refused(ask: Ask, database: AsyncEngine) -> None:
    statements: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    compiler = Compiler(schema._schema)
    context = Context(Services(database, Changes("postgresql://"), 1), SYSTEM)

    with pytest.raises(TooCostly):
        await compiler.execute(Planned(parse(CYCLE)), None, {}, context)

    assert statements == []


# What is really read, and made


class Limited:
    """Executes operations of a small world under limits of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.compiler = Compiler(schema._schema)

    async def planned(self, query: str, **limits: int) -> bytes:
        services = replace(self.services, limits=OperationLimits(**limits))
        answer = await self.compiler.execute(Planned(parse(query)), None, {}, Context(services, SYSTEM))
        assert answer is not None
        return answer.json

    async def by_graphql_core(self, query: str, **limits: int) -> Any:
        services = replace(self.services, limits=OperationLimits(**limits))
        return await schema.execute(query, context_value=Context(services, SYSTEM))


@pytest.fixture
async def limited(database: AsyncEngine, database_url: str) -> AsyncIterator[Limited]:
    """With 60 clients who have 30 accounts each."""
    numbers = await make.add(database, models.Client, *(make.client() for _ in range(60)))
    await make.add(database, models.Account, *(make.account(number) for number in numbers for _ in range(30)))
    changes = Changes(database_url, CONFIGURATION_CHANGES)
    configuration = Configuration(database_url, changes)
    pool = Pool(database_url, size=2)
    async with AsyncExitStack() as stack:
        await changes.start()
        stack.push_async_callback(changes.stop)
        await configuration.start()
        stack.push_async_callback(configuration.stop)
        stack.push_async_callback(pool.close)
        yield Limited(Services(database, changes, 1000, pool, configuration))


LARGE = """{ clients(first: 60) { nodes { id email accounts(first: 30) { totalCount pageInfo { endCursor } edges { cursor node {
    id name accountNumber client { email } product { name } currency { alphabeticCode } } } nodes { id } } } } }"""


async def test_a_large_answer_is_the_same_in_slices(limited: Limited) -> None:
    other = await limited.by_graphql_core(LARGE)

    assert other.errors is None
    assert await limited.planned(LARGE) == orjson.dumps({"data": other.data})
    # Read up to a number of rows.
    assert await limited.planned(LARGE, rows=2_000) == orjson.dumps({"data": other.data})


async def test_reading_stops_at_the_limit_of_rows(limited: Limited) -> None:
    with pytest.raises(TooCostly, match="reads more than 1,000 rows, the most that is read at once; ask for less"):
        await limited.planned(LARGE, rows=1_000)

    other = await limited.by_graphql_core(LARGE, rows=1_000)

    assert {error.extensions["code"] for error in other.errors} == {"COST_LIMIT_EXCEEDED"}


async def test_an_answer_that_is_too_large_is_stopped_while_it_is_made(limited: Limited) -> None:
    with pytest.raises(TooCostly, match=r"would have more than 0 MB, .* ask for fewer rows or fewer fields"):
        await limited.planned(LARGE, answer=50_000)
    with pytest.raises(TooCostly):
        await limited.planned("{ clients(first: 60) { nodes { id } } }", answer=1_000)


@pytest.mark.parametrize(("by_graphql_core", "least"), [(False, 2), (True, 30)])
async def test_others_have_their_turn_once_all_is_read(
    limited: Limited, monkeypatch: pytest.MonkeyPatch, by_graphql_core: bool, least: int
) -> None:
    """For each slice of 1,000 rows, and for each 50 values that graphql-core completes."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    def read(*_given: Any) -> None:
        nonlocal turns
        turns = 0

    monkeypatch.setattr(Budget, "count", read)
    event.listen(limited.services.engine.sync_engine, "after_cursor_execute", read)
    counting = asyncio.create_task(others())
    await (limited.by_graphql_core(LARGE) if by_graphql_core else limited.planned(LARGE))
    counting.cancel()

    assert turns >= least


# Lists in arguments


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (
            "query ($by: [ClientOrder!]) { clients(orderBy: $by) { totalCount } }",
            {"by": [{"field": "EMAIL"}] * 11},
            "orderBy has 11 terms; give at most 10.",
        ),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 501}, "ids has 501 ids; ask for at most 500 at once."),
        (
            "query ($filter: ClientFilter) { clients(filter: $filter) { totalCount } }",
            {"filter": {"clientId": {"in": list(range(1_001))}}},
            "clientId.in has 1001 values; give at most 1000.",
        ),
        (
            "query ($filter: ClientFilter) { clients(filter: $filter) { totalCount } }",
            {"filter": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {"clientId": {"eq": 1}}}}}}}}}},
            "The filter is 9 levels deep; nest at most 8.",
        ),
        (
            "query ($filter: ClientFilter) { clients(filter: $filter) { totalCount } }",
            {"filter": {"or": [{"clientId": {"eq": 1}}] * 201}},
            "The filter has 201 conditions; use at most 200, or `in` with a list.",
        ),
    ],
)
async def test_lists_in_arguments_have_limits(client: httpx.AsyncClient, query: str, variables: dict[str, Any], message: str) -> None:
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()

    assert [(error["message"], error["extensions"]["code"]) for error in answer["errors"]] == [(message, "BAD_USER_INPUT")]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"by": [{"field": "EMAIL"}] * 20_000}, "more than 10,000 values"),
        ({"by": [{}] * 2_500}, "more than 2,000 objects"),
        ({"by": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}, "more than 20 levels"),
    ],
)
async def test_variables_that_take_long_to_read_are_refused_before(
    client: httpx.AsyncClient, variables: dict[str, Any], words: str
) -> None:
    query = "query ($by: [ClientOrder!]) { clients(orderBy: $by) { totalCount } }"

    assert await refusal(client, query, **variables) == f"The variables have {words}, the most that is taken; send less at once."
