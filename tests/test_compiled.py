"""Compiled execution: the same answers in few statements, plans that nobody shares who must not, memory that is fresh."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from graphql import parse, validate
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

import models
from database.changes import Changes
from database.pool import Pool
from graph.compiled import Answer, Compiler, Planned, Way, code
from graph.compiled.explaining import explained
from graph.context import Context, Services
from graph.kit.ids import encode_id
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from loaders.lru_cache import LruCache
from models.access import ADMINISTRATOR, SYSTEM, Viewer
from tests import make
from tests.garbage import garbage_left
from tests.importing import Importing


class Both:
    """Asks the same of plans and of graphql-core, and holds their answers against each other."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.compiler = Compiler(schema._schema)
        self.documents: dict[str, Any] = {}

    async def planned(self, query: str, viewer: Viewer | None = SYSTEM, **variables: Any) -> Answer | None:
        document = self.documents.get(query)
        if document is None:
            assert validate(schema._schema, parse(query)) == []
            document = self.documents[query] = Planned(parse(query))
        return await self.compiler.execute(document, None, variables, Context(self.services, viewer))

    async def __call__(self, query: str, **variables: Any) -> Answer:
        answer = await self.planned(query, **variables)
        assert answer is not None
        other = await schema.execute(query, variable_values=variables, context_value=Context(self.services, SYSTEM))
        assert other.errors is None
        assert answer.json == orjson.dumps({"data": other.data})
        return answer


@pytest.fixture
async def both(database: AsyncEngine, database_url: str) -> AsyncIterator[Both]:
    changes = Changes(database_url, CONFIGURATION_CHANGES)
    configuration = Configuration(database_url, changes)
    await changes.start()
    await configuration.start()
    pool = Pool(database_url, size=4)
    yield Both(Services(database, changes, 1000, pool, configuration))
    await pool.close()
    await configuration.stop()
    await changes.stop()


@pytest.fixture
async def clients(database: AsyncEngine) -> list[int]:
    """Seven clients in Germany, each with three accounts, and a partner who attracted the last two."""
    ids = await make.add(database, models.Client, *(make.client(country_id=276, client_type_id=1) for _ in range(7)))
    for client_id in ids:
        await make.add(database, models.Account, *(make.account(client_id) for _ in range(3)))
    (partner,) = await make.add(database, models.IbPartner, make.partner(ids[0]))
    await make.add(database, models.IbReferral, *(make.referral(partner, client_id) for client_id in ids[-2:]))
    return ids


PAGE = """query ($first: Int, $after: String, $filter: ClientFilter, $full: Boolean = true) {
    clients(first: $first, after: $after, filter: $filter, orderBy: [{field: NAME, direction: DESC}]) {
        pageInfo { endCursor hasNextPage }
        nodes { id email ...Full @include(if: $full) }
    } }
    fragment Full on Client { status country { countryName currency { name } } referral { partner { level client { email } } } }"""


async def test_a_plan_leaves_nothing_for_the_garbage_collector(both: Both, clients: list[int]) -> None:
    await both.planned(PAGE, first=3)

    with garbage_left() as left:
        for _ in range(5):
            assert await both.planned(PAGE, first=3)

    assert left == []


async def test_a_page_with_configuration_and_a_level_below_takes_one_statement(both: Both, clients: list[int]) -> None:
    answer = await both(
        """{ clients(first: 50) { nodes { email status createTime
            country { alpha2Code countryName(locale: "de") currency { name } } type { name }
            accounts(first: 2) { nodes { accountNumber permissions statement { equity }
                product { name group { name } platform { name } } } } } } }"""
    )

    assert len(answer.statements) == 1
    assert len(answer.data["clients"]["nodes"]) == len(clients)


@pytest.mark.parametrize(
    "query",
    [
        "{ a: clients(last: 2) { edges { cursor node { __typename email } node { name } } t: totalCount } __typename }",
        """{ clients { nodes { ... on Node { id } ... on Client { accounts { nodes { ...A } } } ...C } } }
        fragment A on Account { client { email } } fragment C on Client { accounts { nodes { name type } } }""",
        """{ ibPartners { nodes { level parent { id } children { id }
            referrals(descendants: true) { totalCount nodes { client { name } } } } } }""",
        '{ node(id: "Q2xpZW50OjE") { __typename ... on Client { email } } nodes(ids: ["Q291bnRyeToyNzY", "Q2xpZW50Ojk5"]) { id } }',
        """{ client(clientId: 1) { tags analytics { property } company { fullName } }
            country(code: "DE") { currency { markupBuy } } account(accountId: 0) { id } }""",
        """{ products { nodes { leverages startAmounts options currencies { numericCode currency { caption } } } }
            productGroups { products { name } } }""",
        "{ importActions { __typename action fileTypes matchKey fields { name required aliases description } } }",
        "{ users { nodes { email clientTags { name } } } importJobs { nodes { status } } countries(enabled: true) { alpha2Code } }",
    ],
)
async def test_plans_and_graphql_core_answer_alike(both: Both, clients: list[int], query: str) -> None:
    await both(query)

    assert both.compiler.ways.keys() == {Way.COMPILED}


async def test_each_set_of_arguments_gets_its_own_answer_from_one_plan(both: Both, clients: list[int]) -> None:
    first = await both(PAGE, first=3)
    after = first.data["clients"]["pageInfo"]["endCursor"]

    second = await both(PAGE, first=3, after=after)
    few = await both(PAGE, first=2, full=False)
    none = await both(PAGE, filter={"email": {"in": ["x", "y"]}, "not": {"city": {"isNull": True}}})
    some = await both(PAGE, filter={"email": {"contains": "client"}, "countryCode": {"eq": "DE"}})

    emails = [[node["email"] for node in answer.data["clients"]["nodes"]] for answer in (first, second, few, none, some)]
    assert [len(each) for each in emails] == [3, 3, 2, 0, 7]
    assert not set(emails[0]) & set(emails[1])
    assert few.data["clients"]["nodes"][0].keys() == {"id", "email"}


async def test_a_changed_country_is_shown_within_a_second(both: Both, database: AsyncEngine, clients: list[int]) -> None:
    query = "{ clients(first: 1) { nodes { country { countryName } } } }"
    before = await both(query)
    async with database.begin() as connection:
        await connection.execute(update(models.Country).where(models.Country.country_id == 276).values(country_name="Allemagne"))

    for _ in range(20):
        await asyncio.sleep(0.1)
        answer = await both.planned(query)
        if answer is not None and answer.data != before.data:
            break

    assert answer is not None
    assert answer.data["clients"]["nodes"] == [{"country": {"countryName": "Allemagne"}}]


async def test_viewers_with_other_permissions_never_share_a_plan(both: Both, clients: list[int]) -> None:
    query = "{ clients { nodes { email accounts { nodes { accountNumber product { name } } } } } }"
    viewers = [SYSTEM, *(Viewer(None, ADMINISTRATOR - {lacking}) for lacking in ("clients.read", "accounts.read", "products.read"))]

    answers = await asyncio.gather(*(both.planned(query, viewer) for viewer in viewers * 5))

    assert [answer is not None for answer in answers] == [viewer is SYSTEM for viewer in viewers * 5]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ clients(first: -1) { nodes { id } } }", {}),
        ('{ clients(after: "nonsense") { nodes { id } } }', {}),
        ('{ node(id: "nonsense") { id } }', {}),
        ("query ($f: ClientFilter) { clients(filter: $f) { nodes { id } } }", {"f": {"email": {"eq": "a\0b"}}}),
        ("query ($n: Int!) { client(clientId: $n) { id } }", {"n": "three"}),
        ("{ __schema { queryType { name } } }", {}),
    ],
)
async def test_what_ends_in_an_error_is_left_to_graphql_core(both: Both, query: str, variables: dict[str, Any]) -> None:
    assert await both.planned(query, **variables) is None


async def test_nobody_is_answered_by_a_plan_without_a_sign_in(both: Both) -> None:
    assert await both.planned("{ countries { id } }", None) is None


async def test_words_stand_in_the_text_of_statements_and_other_values_do_not(both: Both, clients: list[int]) -> None:
    query = """query ($status: ClientStatus!, $email: String!) {
        clients(filter: {status: {eq: $status}, email: {eq: $email}}) { nodes { email } } }"""

    ((active, values),) = (await both(query, status="ACTIVE", email="client1@example.com")).statements
    ((other, _),) = (await both(query, status="ACTIVE", email="client2@example.com")).statements
    ((banned, _),) = (await both(query, status="BANNED", email="client1@example.com")).statements

    assert "= 'active'" in active
    assert "client1@example.com" in values
    assert other == active
    assert "= 'banned'" in banned


async def test_sizes_offsets_and_lengths_of_lists_share_a_statement(both: Both, clients: list[int]) -> None:
    query = """query ($first: Int, $offset: Int, $emails: [String!]) {
        clients(first: $first, offset: $offset, filter: {email: {in: $emails}}) {
            nodes { email accounts(first: $first) { nodes { name } } } } }"""
    emails = [f"client{number}@example.com" for number in range(1, 200)]

    answers = [await both(query, first=60 + number, offset=number, emails=emails[:number]) for number in range(1, 8)]
    usual, larger = await both(query, first=10, emails=emails), await both(query, first=50, emails=emails)

    assert len({statement for answer in answers for statement, _ in answer.statements}) == 1
    # A usual size stands in the text, so that PostgreSQL plans for it.
    assert "LIMIT 11" in usual.statements[0][0]
    assert "LIMIT 51" in larger.statements[0][0]


async def test_a_statement_that_is_used_stays_while_others_come_and_go(
    both: Both, clients: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache: LruCache[Any, Any] = LruCache(100_000)
    monkeypatch.setattr(code, "STATEMENTS", cache)
    query = "query ($filter: ClientFilter) { clients(first: 1, filter: $filter) { nodes { email } } }"
    await both(query, filter={"city": {"eq": "Berlin"}})
    (wanted,) = cache._entries

    for number in range(60):
        await both(query, filter={"or": [{"city": {"eq": "Paris"}}] * number})
        await both(query, filter={"city": {"eq": "Berlin"}})

    assert wanted in cache._entries
    assert len(cache) < 40
    assert cache.size <= 100_000


async def test_a_row_of_configuration_that_is_not_in_memory_yet_is_read(both: Both, database: AsyncEngine) -> None:
    query = "{ clients { nodes { manager { name } } } }"
    (_, other) = await make.add(database, models.Client, make.client(manager_id=None), make.client(manager_id=None))
    await both(query)

    async with database.begin() as connection:
        manager = {"name": "Max Ray", "email": "max@broker.example"}
        manager_id = (await connection.execute(insert(models.Manager).values(manager).returning(models.Manager.manager_id))).scalar_one()
        await connection.execute(update(models.Client).where(models.Client.client_id == other).values(manager_id=manager_id))
    answer = await both.planned(query)

    assert answer is None or answer.data["clients"]["nodes"][-1] == {"manager": {"name": "Max Ray"}}


async def test_a_plan_can_be_read(both: Both, clients: list[int]) -> None:
    answer = await both("{ clients(first: 1) { nodes { email country { alpha2Code } accounts { nodes { name } } } } }")

    text = "\n".join(explained(answer))

    assert "read Client: r[0] email, r[1] country_id" in text
    assert "m[0] from memory: Country" in text
    assert "for all rows at once: Client.accounts" in text
    assert "return [{'email': r[" in text
    assert [text.count(word) for word in ("statement 1", "statement 2")] == [1, 0]


async def test_a_cancelled_query_leaves_no_snapshot_behind(both: Both, database: AsyncEngine, clients: list[int]) -> None:
    pool = both.services.pool
    assert pool is not None
    async with pool.acquire() as connection:
        await connection.execute("begin isolation level repeatable read")
        await connection.fetch("select count(*) from client")
    await make.add(database, models.Client, make.client())

    answer = await both("{ clients { totalCount } }")

    assert answer.data == {"clients": {"totalCount": len(clients) + 1}}


async def test_who_is_signed_in_is_planned(both: Both, database: AsyncEngine) -> None:
    (user_id,) = await make.add(database, models.User, {"name": "Ann Lee", "email": "ann@broker.example", "password_hash": ""})
    viewer = Viewer(user_id, SYSTEM.permissions)

    answer = await both.planned("{ viewer { scope user { email } again: user { name } partner { id } } }", viewer)

    assert answer is not None
    assert answer.data == {
        "viewer": {"scope": "ALL", "user": {"email": "ann@broker.example"}, "again": {"name": "Ann Lee"}, "partner": None}
    }


async def test_rows_of_any_type_come_by_one_statement_for_each(both: Both, importing: Importing) -> None:
    users = b"Email,First name,Last name\nann@example.com,Ann,Lee\nbob@example.com,Bob,Ray\n"
    run = await importing.run(users)
    query = """query ($id: Int!) { importRun(importRunId: $id) { logMessages { nodes {
        message node { __typename id ... on Client { email accounts { nodes { name } } } } } } } }"""

    answer = await both(query, id=run.run_id)

    messages = answer.data["importRun"]["logMessages"]["nodes"]
    assert [each["node"]["email"] for each in messages] == ["ann@example.com", "bob@example.com"]
    # The run with its messages, the clients with their accounts.
    assert len(answer.statements) == 2


async def test_references_below_ids_and_below_other_fields_are_kept_apart(both: Both, importing: Importing) -> None:
    run = await importing.run(b"Email,First name,Last name\nann@example.com,Ann,Lee\n")
    below = "... on ImportRun { logMessages { nodes { node { %s } } } }"
    query = """query ($id: ID!, $run: Int!) {{
        one: node(id: $id) {{ {} }} two: nodes(ids: [$id]) {{ {} }} three: importRun(importRunId: $run) {{ {} }} }}"""
    asked = query.format(below % "id", below % "... on Client { email }", below % "... on Client { firstName }")

    answer = await both(asked, id=encode_id("ImportRun", run.run_id), run=run.run_id)

    (one,), (two,), (three,) = (
        found["logMessages"]["nodes"] for found in (answer.data["one"], answer.data["two"][0], answer.data["three"])
    )
    assert [each["node"].keys() for each in (one, two, three)] == [{"id"}, {"email"}, {"firstName"}]
