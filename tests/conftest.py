"""One embedded PostgreSQL for the session; each test that asks for `database` gets a fresh copy of a migrated one."""

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.types import ExecutionResult

from database.changes import Changes
from database.embedded import EmbeddedServer, start
from database.engine import connect
from database.upgrade import upgrade
from demo.reference import load_reference
from graph.context import Context, Services
from graph.schema import schema
from models.access import SYSTEM, Viewer
from models.errors import Refused
from models.staff import User
from tests.backoffice import piped, run  # noqa: F401 - fixtures
from tests.importing import Importing
from tests.make import add

# Tests may lose their data with the machine; they must not lose time.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    folder = Path(tempfile.mkdtemp(prefix="bo-test-"))
    server = start(folder / "data", settings=FAST)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedServer) -> str:
    """The name of a database with all migrations and the reference data."""
    url = postgres.database("template_migrated")
    upgrade(url)
    load_reference(url)
    return "template_migrated"


@pytest.fixture
def database_url(postgres: EmbeddedServer, template: str) -> Iterator[str]:
    """The URL of a database of this test's own: empty but for the reference data."""
    name = f"test_{next(numbers)}"
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'create database "{name}" template "{template}" strategy file_copy')
    yield postgres.database(name)
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(database_url)
    yield engine
    await engine.dispose()


class Ask:
    """Runs operations against the schema as one viewer, and counts the statements of the last one."""

    def __init__(self, engine: AsyncEngine, viewer: Viewer | None = SYSTEM) -> None:
        self._services = Services(engine, Changes("postgresql://"), upload_limit=10_000_000)
        self._viewer = viewer
        self.statements = 0

    async def result(self, query: str, **variables: Any) -> ExecutionResult:
        context = Context(self._services, self._viewer)
        found = await schema.execute(query, variable_values=variables, context_value=context)
        self.statements = context.reads.statements
        return found

    async def __call__(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        found = await self.result(query, **variables)
        assert not found.errors, found.errors
        return found.data

    async def refusal(self, query: str, **variables: Any) -> str:
        """The message of an answer's only error."""
        found = await self.result(query, **variables)
        assert found.errors is not None
        (error,) = found.errors
        assert isinstance(error.original_error, Refused), error
        return str(error.message)


@pytest.fixture
def ask(database: AsyncEngine) -> Ask:
    return Ask(database)


@pytest.fixture
async def importing(database: AsyncEngine, database_url: str) -> Importing:
    """Somebody who imports."""
    (user_id,) = await add(database, User, {"name": "Ann Lee", "email": "ann@broker.example", "password_hash": ""})
    return Importing(database, database_url, user_id)
