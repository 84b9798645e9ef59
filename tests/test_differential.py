"""Compiled execution and graphql-core answer alike: generated queries, the tests' own and the prepared tabs, to the byte."""

import ast
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
import psycopg
import pytest
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, OperationType, is_input_type, parse, type_from_ast, validate
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncEngine

from database.changes import Changes
from database.embedded import EmbeddedServer
from database.engine import connect
from database.pool import Pool
from graph.compiled import Compiler, Way
from graph.context import Context, Services
from graph.http.answers import content_of
from graph.limits import OperationLimits
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from models.access import ADMINISTRATOR, SYSTEM, Viewer
from tests.inputs import Inputs
from tests.queries import Query, followed, query
from tests.samples import Samples, gathered
from tests.shrinking import difference, shrunk
from tests.test_demo import load
from web.page import tabs

core = schema._schema
QUERIES = 2_000
VIEWERS: Mapping[str, Viewer | None] = {
    "administrator": Viewer(user_id=1, permissions=ADMINISTRATOR),
    "support": Viewer(user_id=1, permissions=frozenset({"clients.read", "accounts.read", "reference.read"})),
    "importer": Viewer(user_id=1, permissions=frozenset({"imports.read", "users.read", "partners.read"})),
    "nobody": None,
}


@dataclass
class Document:
    """A validated document whose plans live as long as it does."""

    ast: DocumentNode
    plans: dict[Any, Any] = field(default_factory=dict)


class BothWays:
    """Answers a query by graphql-core and by what is compiled."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.compiler = Compiler(core)

    async def reference(self, asked: Query, viewer: Viewer | None) -> bytes:
        context = Context(self._services, viewer)
        result = await schema.execute(asked.text, variable_values=dict(asked.variables), context_value=context, operation_name=asked.name)
        return orjson.dumps(content_of(result))

    async def other(self, asked: Query, viewer: Viewer | None) -> bytes | None:
        """The compiled answer; None when it leaves the query to graphql-core."""
        context = Context(self._services, viewer)
        found = await self.compiler.execute(Document(parse(asked.text)), asked.name, dict(asked.variables), context)
        return None if found is None else found.json

    async def unlike(self, asked: Query, viewer: Viewer | None) -> str:
        """What makes the answers differ; "" when they are equal."""
        try:
            other = await self.other(asked, viewer)
        except Exception as problem:  # whatever the compiled way raises is what the test is to tell
            return f"the compiled way raises {problem!r}"
        if other is None:
            return ""
        reference = await self.reference(asked, viewer)
        # The endpoint refuses such a document before it chooses an execution.
        return "" if b"COST_LIMIT_EXCEEDED" in reference else difference(reference, other)

    async def told(self, asked: Query, viewer: Viewer | None) -> str:
        """A difference as a person reads it: the small query, its variables, what graphql-core answers and then the compiled way."""

        async def fails(candidate: Query) -> bool:
            return bool(await self.unlike(candidate, viewer))

        small = await shrunk(asked, core, fails)
        return f"{small.text}\nvariables: {orjson.dumps(small.variables).decode()}\n{await self.unlike(small, viewer)}"


@pytest.fixture(scope="module")
def demo_url(postgres: EmbeddedServer, template: str) -> Iterator[str]:
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(sql.SQL("create database differential template {}").format(sql.Identifier(template)))
    url = postgres.database("differential")
    load(url)
    yield url
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute("drop database differential with (force)")


@pytest.fixture(scope="module")
async def services(demo_url: str) -> AsyncIterator[Services]:
    changes = Changes(demo_url, CONFIGURATION_CHANGES)
    engine: AsyncEngine = connect(demo_url)
    pool = Pool(demo_url)
    configuration = Configuration(demo_url, changes)
    await changes.start()
    await configuration.start()
    yield Services(engine, changes, 10_000_000, pool, configuration, OperationLimits(cost=10**9))
    await configuration.stop()
    await changes.stop()
    await pool.close()
    await engine.dispose()


@pytest.fixture(scope="module")
def ways(services: Services) -> BothWays:
    return BothWays(services)


@pytest.fixture(scope="module")
async def samples(services: Services) -> Samples:
    async def ask(text: str) -> Any:
        found = await schema.execute(text, context_value=Context(services, SYSTEM))
        assert not found.errors, (text, found.errors)
        return found.data

    return await gathered(core, ask)


def own_queries() -> Iterator[str]:
    """The queries in the tests and the prepared tabs, as far as they stand there in one piece."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "{" in node.value and is_query(node.value):
                yield node.value
    yield from (tab.query for tab in tabs() if is_query(tab.query))


def is_query(text: str) -> bool:
    try:
        document = parse(text)
    except GraphQLError:
        return False
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    return all(each.operation is OperationType.QUERY for each in operations) and not validate(core, document)


def with_variables(text: str, seed: int, samples: Samples) -> Query:
    """A query with values for its variables."""
    inputs = Inputs(Random(seed), samples, ["Client", "Account", "Country"])  # noqa: S311 - the same each time
    (operation, *others) = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    values = {}
    for each in operation.variable_definitions or ():
        name, kind = each.variable.name.value, type_from_ast(core, each.type)
        assert is_input_type(kind)
        values[name] = inputs.value(kind, f"Client.{name}", 0)
    return Query(text, values, operation.name.value if others and operation.name else None)


@pytest.mark.parametrize("kind", VIEWERS)
async def test_generated_queries_have_one_answer(ways: BothWays, samples: Samples, kind: str) -> None:
    viewer, before, unplanned = VIEWERS[kind], ways.compiler.ways[Way.COMPILED], ways.compiler.ways[Way.UNPLANNED]
    seeds = range(QUERIES) if kind == "administrator" else range(QUERIES, QUERIES + QUERIES // 4)
    for seed in seeds:
        asked = query(seed, core, samples)
        if await ways.unlike(asked, viewer):
            pytest.fail(f"Seed {seed}, {kind}:\n{await ways.told(asked, viewer)}")
        turned = followed(asked, orjson.loads(await ways.reference(asked, viewer)).get("data") or {}) if asked.turns else None
        if turned and await ways.unlike(turned, viewer):
            pytest.fail(f"Seed {seed} turned, {kind}:\n{await ways.told(turned, viewer)}")

    assert (ways.compiler.ways[Way.COMPILED] - before > len(seeds) // 10) == (viewer is not None)
    # Nothing that can be read is left to graphql-core, but for what somebody may not read or what ends in an error.
    assert ways.compiler.ways[Way.UNPLANNED] == unplanned


@pytest.mark.parametrize("kind", VIEWERS)
async def test_the_tests_own_queries_have_one_answer(ways: BothWays, samples: Samples, kind: str) -> None:
    texts, before = list(own_queries()), ways.compiler.ways[Way.COMPILED]
    for seed, text in enumerate(texts):
        asked = with_variables(text, seed, samples)
        if await ways.unlike(asked, VIEWERS[kind]):
            pytest.fail(f"{kind}:\n{await ways.told(asked, VIEWERS[kind])}")

    assert len(texts) > 60
    assert (ways.compiler.ways[Way.COMPILED] > before) == (VIEWERS[kind] is not None)


async def test_generated_queries_end_in_no_error_that_nobody_foresaw(ways: BothWays, samples: Samples) -> None:
    answers: list[dict[str, Any]] = []
    for seed in range(QUERIES, QUERIES + 300):
        answers.append(orjson.loads(await ways.reference(query(seed, core, samples), SYSTEM)))
    codes = [error["extensions"]["code"] for each in answers for error in each.get("errors", ())]

    assert set(codes) == {"BAD_USER_INPUT"}
    assert sum(bool(each.get("data")) for each in answers) > 200


class Wrong(BothWays):
    """A compiled way that takes the euro for something else."""

    async def other(self, asked: Query, viewer: Viewer | None) -> bytes | None:
        found = await super().other(asked, viewer)
        return found and found.replace(b'"EUR"', b'"EUX"')


async def test_a_wrong_answer_is_found_and_told_by_a_small_query(services: Services) -> None:
    asked = Query(
        """query ($first: Int!, $code: String!) {
          clients(first: $first) { totalCount nodes { email city } }
          money: currency(code: $code) { name ...Code @include(if: true) minorUnit }
          tags { name }
        }
        fragment Code on Currency { ... on Currency { enabled alphabeticCode } }""",
        {"first": 3, "code": "EUR"},
    )

    told = await Wrong(services).told(asked, SYSTEM)

    query_text, _, rest = told.partition("\nvariables: ")
    assert " ".join(query_text.split()) == "query ($code: String!) { currency(code: $code) { alphabeticCode } }"
    assert rest == "{\"code\":\"EUR\"}\nanswer.data.currency.alphabeticCode is 'EUR' and 'EUX'"
    assert await BothWays(services).unlike(asked, SYSTEM) == ""
