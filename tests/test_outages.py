"""The database away: what is told meanwhile, how much is logged, and that nothing fails once it is back."""

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import asyncpg
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app import create_app
from database.embedded import EmbeddedServer, start
from database.engine import connect
from database.outages import Notice, Unavailable, is_away
from database.pool import Pool
from database.upgrade import upgrade
from demo.reference import load_reference
from graph.http.edge import outage
from graph.http.server import Server
from models.clients import Client
from models.sessions import open_session
from models.users import add_user
from settings import Settings
from tests import make
from tests.desk import desk
from tests.standin import eventually

QUERIES = {
    "planned": "{ clients(first: 5) { nodes { email accounts { nodes { name } } } } }",
    # The one that is refused leaves all of it to graphql-core.
    "by graphql-core": '{ clients(first: 5) { nodes { email } } node(id: "nonsense") { id } }',
    "unfounded": "{ client(clientId: 1) { email } }",
}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A PostgreSQL of these tests' own, which they may kill."""
    with tempfile.TemporaryDirectory(prefix="bo-test-") as folder:
        server = start(Path(folder) / "data", settings={"fsync": "off"})
        upgrade(server.url)
        load_reference(server.url)
        yield server
        server.close()


def kill(server: EmbeddedServer) -> None:
    lines = (server.data / "postgresql" / "cluster" / "postmaster.pid").read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)


async def is_back(server: EmbeddedServer) -> None:
    """Returns when a connection can be had."""
    while True:
        with suppress(OSError, asyncpg.PostgresError):
            connection = await asyncpg.connect(server.url, timeout=2)
            await connection.fetchval("select 1")
            await connection.close()
            return
        await asyncio.sleep(0.02)


@dataclass
class Seen:
    """What clients got: when they asked, how long it took, the status and the code."""

    answers: list[tuple[float, float, str, int, str | None]] = field(default_factory=list)

    async def ask(self, client: httpx.AsyncClient, kind: str, token: str) -> None:
        began = monotonic()
        answer = await client.post("/graphql", json={"query": QUERIES[kind]}, headers={"authorization": f"Bearer {token}"})
        errors = answer.json().get("errors", [])
        codes = [error["extensions"]["code"] for error in errors if error["extensions"]["code"] != "BAD_USER_INPUT"]
        self.answers.append((began, monotonic() - began, kind, answer.status_code, codes[0] if codes else None))


@pytest.fixture
async def engine(server: EmbeddedServer) -> AsyncIterator[AsyncEngine]:
    engine = connect(server.url)
    yield engine
    await engine.dispose()


async def tokens_of(engine: AsyncEngine, number: int) -> list[str]:
    async with engine.begin() as connection:
        user_id = await add_user(connection, name="Ann", email=f"ann{number}.{monotonic()}@example.com", password="correct horse battery")
        return [(await open_session(connection, user_id)).token for _ in range(number)]


async def test_nothing_fails_once_the_database_is_back(
    server: EmbeddedServer, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await make.add(engine, Client, *(make.client() for _ in range(5)))
    tokens = iter(await tokens_of(engine, 3_000))
    await engine.dispose()
    seen, back = Seen(), []
    caplog.set_level(logging.WARNING)

    async with desk(server.url) as client:
        stopping = asyncio.Event()

        async def load(kind: str) -> None:
            token = next(tokens)
            while not stopping.is_set():
                # Many with a token of their own, which has to be looked up.
                token = next(tokens, token)
                await seen.ask(client, kind, token)
                await asyncio.sleep(0.03)

        loads = [asyncio.create_task(load(kind)) for kind in QUERIES for _ in range(2)]
        for _ in range(3):
            await asyncio.sleep(0.7)
            killed = monotonic()
            kill(server)
            await asyncio.sleep(0.1)
            await is_back(server)
            back.append((killed, monotonic()))
        await asyncio.sleep(1)
        stopping.set()
        await asyncio.gather(*loads)

    # The requests that came while it was up from their beginning to their end.
    up = [each for each in seen.answers if not any(killed - each[1] <= each[0] <= again for killed, again in back)]
    assert [each for each in up if each[3] != 200 or each[4]] == []
    assert len(up) > 100
    away = [each for each in seen.answers if each not in up]
    assert {(status, code) for *_, status, code in away} <= {(200, None), (503, "UNAVAILABLE")}
    assert any(status == 503 for *_, status, _ in away)
    assert max(took for _, took, *_ in seen.answers) < 8
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) < 12, [record.getMessage() for record in told]
    assert not [record for record in told if record.exc_info]


async def test_what_is_told_while_it_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_next", 0.0)
    monkeypatch.setattr(outage, "_due", 0)
    headers = {"authorization": "Bearer a-token-that-has-to-be-looked-up"}
    login = 'mutation { login(input: {email: "ann@example.com", password: "wrong horse battery"}) { userErrors { code } } }'

    async with desk(f"postgresql:///backoffice?host={tmp_path}&user=nobody") as client:
        answers = [
            await client.post("/graphql", json={"query": "{ clients { totalCount } }"}, headers=headers),
            await client.post("/graphql", json={"query": login}),
            await client.get("/imports/runs/1/errors.csv", headers=headers),
        ]
        healthy = await client.get("/healthz")

    message = "The database cannot be reached at the moment; try again in a few seconds."
    for answer in answers:
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2"), answer.text
        assert answer.json() == {"errors": [{"message": message, "extensions": {"code": "UNAVAILABLE"}}]}
        assert answer.headers["x-request-id"]
    assert healthy.status_code == 200
    assert not [record for record in caplog.records if record.exc_info]
    assert [record.getMessage() for record in caplog.records if "cannot be used" in record.getMessage()] == [
        "The database cannot be used ([Errno 2] No such file or directory); requests refused since the last such line: 1."
    ]


async def test_a_place_in_a_full_pool_is_not_waited_for_for_ever(database_url: str) -> None:
    pool = Pool(database_url, size=1, wait=0.05)
    async with pool.acquire():
        with pytest.raises(Unavailable, match=r"all connections were in use for 0\.05 seconds") as refused:
            async with pool.acquire():
                pass
    async with pool.acquire() as connection:
        assert await connection.fetchval("select 1") == 1
    await pool.close()

    assert is_away(refused.value)


async def test_one_dead_connection_has_the_others_of_its_age_dropped(database_url: str) -> None:
    pool = Pool(database_url, size=3)
    async with pool.acquire() as one, pool.acquire() as two, pool.acquire() as three:
        pids = [await each.fetchval("select pg_backend_pid()") for each in (one, two, three)]
    killer = await asyncpg.connect(database_url)

    for pid in pids:
        await killer.execute("select pg_terminate_backend($1)", pid)
    found = [await pool.read(lambda connection: connection.fetchval("select pg_backend_pid()")) for _ in range(5)]

    assert not set(found) & set(pids)
    await killer.close()
    await pool.close()


def test_a_line_a_minute_says_how_many_there_were(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [100.0, 101.0, 102.0, 161.0, 162.0]
    monkeypatch.setattr("database.outages.monotonic", iter(times).__next__)
    notice = Notice(logging.getLogger("test"), "Away (%(reason)s): %(times)d.")

    for _ in times:
        notice.write(ConnectionError("refused"))

    assert [record.getMessage() for record in caplog.records] == ["Away (refused): 1.", "Away (refused): 3."]


async def test_a_socket_is_told_to_come_again(tmp_path: Path) -> None:
    app = create_app(Settings(), f"postgresql:///backoffice?host={tmp_path}&user=nobody")
    server = Server(app, app.state.endpoint.close)
    server.config.port = 0
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    address = f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
    async with open_socket(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init", "payload": {"Authorization": "Bearer some"}}')
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    server.should_exit = True
    await serving

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "try again" in closed.value.rcvd.reason) == (1013, True)
