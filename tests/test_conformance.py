"""Software that others wrote, as it comes from npm and PyPI, against the whole program: clients, audits, compilers, linters."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from database.embedded import EmbeddedServer
from tests.served import ROOT, Desk, serving

TOOLS = Path(__file__).parent / "conformance"
NODE = shutil.which("node")
USERS = "email,first name,last name,country\nann@example.com,Ann,Lee,DE\nbo@example.com,Bo,Ode,FR\ncy@example.com,Cy,Ray,JP\n"
CLIENTS = "query ($first: Int!) { clients(first: $first, orderBy: [{field: EMAIL}]) { totalCount nodes { email } } }"
FOLLOW = "subscription ($run: Int!) { importRun(importRunId: $run) { status totals { read added } } }"

installed = pytest.mark.skipif(
    NODE is None or not (TOOLS / "node_modules/.package-lock.json").is_file(),
    reason="Node.js or the tools of tests/conformance are missing; install Node.js 20 and npm, and run `make test`",
)


@pytest.fixture(scope="module")
async def desk(postgres: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The program with three clients, which its first import run has added."""
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'create database conformance template "{template}" strategy file_copy')
    folder = tmp_path_factory.mktemp("conformance")
    file = folder / "users.csv"
    file.write_text(USERS)
    with serving(postgres.database("conformance"), folder) as served:
        assert await served.start("IMPORT_USERS", file) == 1
        assert (await served.ended(1))["totals"]["added"] == 3
        yield served


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schema as the program exports it."""
    file = tmp_path_factory.mktemp("schema") / "schema.graphql"
    file.write_bytes(subprocess.run([sys.executable, "-m", "cli", "schema"], cwd=ROOT, capture_output=True, check=True).stdout)
    return file


def node(script: str, *arguments: str | Path, folder: Path = TOOLS, **environment: str) -> str:
    """What a script printed; whatever it complains about is the failure."""
    command = [NODE or "node", TOOLS / script, *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{script} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def against(desk: Desk, script: str, *arguments: str) -> str:
    return node(script, *arguments, ENDPOINT=f"{desk.url}/graphql", TOKEN=desk.token, RUN="1")


# The endpoint


@installed
def test_every_must_and_should_of_graphql_over_http_is_kept(desk: Desk) -> None:
    assert against(desk, "graphql-http.mjs").endswith(" audits, 0 failed\n")


@installed
@pytest.mark.parametrize("client", ["graphql-ws", "graphql-sse", "apollo", "urql"])
def test_a_client_queries_subscribes_and_is_told_of_errors(desk: Desk, client: str) -> None:
    against(desk, f"{client}.mjs")


@pytest.mark.parametrize("transport", ["http", "websockets"])
async def test_gql_queries_and_is_told_of_errors(desk: Desk, transport: str) -> None:
    async with Client(transport=gql_transport(desk, transport), fetch_schema_from_transport=True) as session:
        data = await session.execute(GraphQLRequest(CLIENTS, variable_values={"first": 2}))
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(GraphQLRequest(CLIENTS, variable_values={"first": 501}))

    assert data == {"clients": {"totalCount": 3, "nodes": [{"email": "ann@example.com"}, {"email": "bo@example.com"}]}}
    assert refused.value.errors is not None
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["BAD_USER_INPUT"]


async def test_gql_follows_a_run_to_its_end(desk: Desk) -> None:
    async with Client(transport=gql_transport(desk, "websockets")) as session:
        states = [state async for state in session.subscribe(GraphQLRequest(FOLLOW, variable_values={"run": 1}))]

    assert states == [{"importRun": {"status": "SUCCESS", "totals": {"read": 3, "added": 3}}}]


def gql_transport(desk: Desk, name: str) -> AIOHTTPTransport | WebsocketsTransport:
    url = f"{desk.url}/graphql"
    if name == "http":
        return AIOHTTPTransport(url, headers=desk.headers)
    return WebsocketsTransport(url.replace("http", "ws"), init_payload={"Authorization": f"Bearer {desk.token}"})


# The schema


@installed
def test_the_relay_compiler_takes_fragments_pages_and_refetches(schema: Path, tmp_path: Path) -> None:
    shutil.copytree(TOOLS / "relay", tmp_path / "src")
    shutil.copy(schema, tmp_path)
    config = tmp_path / "relay.config.json"
    config.write_text('{"src": "src", "schema": "schema.graphql", "language": "typescript"}')

    node("node_modules/relay-compiler/cli.js", config, folder=tmp_path)

    artefacts = {file.name.split(".")[0] for file in (tmp_path / "src/__generated__").iterdir()}
    assert artefacts > {"ClientListQuery", "ClientListPageQuery", "ClientListAccountsQuery", "ClientListImportSubscription"}


@installed
def test_generated_types_compile_in_strict_typescript(schema: Path, tmp_path: Path) -> None:
    node("codegen.mjs", schema, tmp_path)
    usage = shutil.copy(TOOLS / "codegen/usage.ts", tmp_path)

    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]
    node("node_modules/typescript/bin/tsc", *options, tmp_path / "schemaTypes.ts", usage, folder=tmp_path)


@installed
def test_graphql_eslint_finds_nothing_in_the_schema(schema: Path) -> None:
    node("eslint.mjs", schema)
