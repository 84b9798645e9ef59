"""What answers under which path, on the real schema and a real database."""

import asyncio
import json
import socket

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app import create_app
from graph.http.server import Server
from models.clients import Client
from settings import Settings
from tests import make
from tests.conftest import Ask
from tests.desk import desk, signed_in
from tests.make import add
from tests.standin import eventually

VIEWER = {"query": "{ viewer { user { email } } }"}


async def test_the_root_leads_to_the_explorer_whose_files_come_from_here(database_url: str) -> None:
    async with desk(database_url) as client:
        root = await client.get("/")
        slash = await client.post("/graphql/", json=VIEWER)
        page = await client.get(root.headers["location"], headers={"accept": "text/html,*/*;q=0.8"})
        script = await client.get("/graphql/static/session.js")
        missing = await client.get("/graphql/static/../app.py")

    assert root.status_code == 307
    assert (slash.status_code, slash.headers["location"]) == (307, "http://desk.test/graphql")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<h1>" in page.text
    assert script.headers["content-type"].startswith("text/javascript")
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql?query=%7B", "/graphql/static/session.js", "/schema.graphql", "/healthz", "/nothing"]
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_every_answer_is_kept_from_frames_and_guesses(path: str, accept: str, database_url: str) -> None:
    async with desk(database_url) as client:
        response = await client.get(path, headers={"accept": accept})

    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"


async def test_the_schema_is_served_as_text(database_url: str) -> None:
    async with desk(database_url) as client:
        response = await client.get("/schema.graphql")

    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert "type Client " in response.text
    assert "specifiedBy" in response.text


async def test_whoever_signs_in_is_the_viewer(database: AsyncEngine, database_url: str) -> None:
    async with desk(database_url) as client:
        nobody = await client.post("/graphql", json=VIEWER)
        ann = await client.post("/graphql", json=VIEWER, headers=await signed_in(database))

    assert nobody.json() == {"data": {"viewer": None}}
    assert ann.json() == {"data": {"viewer": {"user": {"email": "ann@example.com"}}}}


async def test_what_needs_a_sign_in_says_so(database_url: str) -> None:
    async with desk(database_url) as client:
        response = await client.post("/graphql", json={"query": "{ clients { totalCount } }"})

    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/graphql/nothing", 404, "NOT_FOUND"),
        ("POST", "/healthz", 405, "BAD_USER_INPUT"),
        ("DELETE", "/graphql", 405, "BAD_USER_INPUT"),
    ],
)
async def test_refusals_look_alike_everywhere(database_url: str, method: str, path: str, status: int, code: str) -> None:
    async with desk(database_url) as client:
        response = await client.request(method, path, headers={"x-request-id": "desk-46"})

    assert response.status_code == status
    assert [error["extensions"] for error in response.json()["errors"]] == [{"code": code}]
    assert response.headers["x-request-id"] == "desk-46"
    assert ("allow" in response.headers) is (status == 405)


async def test_pages_of_allowed_origins_may_call(database_url: str) -> None:
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    async with desk(database_url, allowed_origins=["https://desk.example.com/"]) as client:
        asked = [
            await client.options("/graphql", headers={"origin": f"https://{host}", **preflight})
            for host in ("desk.example.com", "evil.example.com")
        ]
        called = await client.post("/graphql", json=VIEWER, headers={"origin": "https://desk.example.com"})

    assert [one.status_code for one in asked] == [200, 400]
    assert asked[0].headers["access-control-allow-origin"] == "https://desk.example.com"
    assert "access-control-allow-origin" not in asked[1].headers
    assert called.headers["access-control-allow-origin"] == "https://desk.example.com"
    assert called.headers["access-control-expose-headers"] == "x-request-id, x-execution"


async def test_without_allowed_origins_no_other_page_may_call(database_url: str) -> None:
    async with desk(database_url) as client:
        called = await client.post("/graphql", json=VIEWER, headers={"origin": "https://desk.example.com"})

    assert "access-control-allow-origin" not in called.headers


async def test_an_origin_that_is_none_is_refused_at_the_start(database_url: str) -> None:
    with pytest.raises(ValueError, match=r"desk\.example\.com"):
        async with desk(database_url, allowed_origins=["desk.example.com"]):
            pass


async def test_the_limits_of_the_settings_hold(database: AsyncEngine, database_url: str) -> None:
    headers = await signed_in(database)
    async with desk(database_url, body_limit=1000, upload_limit=2000) as client:
        body = await client.post("/graphql", json={"query": "#" * 1000})
        upload = await client.post("/graphql", data={"operations": "{}", "map": "{}"}, files={"0": b"x" * 2000}, headers=headers)

    assert [(one.status_code, one.json()["errors"][0]["message"].split(",")[0]) for one in (body, upload)] == [
        (413, "The request is larger than 1"),
        (413, "The request is larger than 2"),
    ]


async def test_the_server_starts_serves_and_stops_with_its_connections_closed(database: AsyncEngine, database_url: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(Settings.model_validate({}), database_url)
    server = Server(app, app.state.endpoint.close)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await eventually(lambda: server.started)

    async with (
        httpx.AsyncClient() as client,
        connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket_,
    ):
        assert (await client.get(f"http://{address}/readyz")).status_code == 200
        await socket_.send(json.dumps({"type": "connection_init", "payload": await signed_in(database)}))
        assert json.loads(await socket_.recv()) == {"type": "connection_ack"}
        server.should_exit = True
        await asyncio.wait_for(socket_.wait_closed(), 5)
        assert (socket_.close_code, socket_.close_reason) == (1012, "server is restarting")
    await asyncio.wait_for(task, 10)

    async with database.connect() as connection:
        others = await connection.exec_driver_sql(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        assert others.scalar_one() == 0


async def test_statements_that_are_stopped_leave_the_pools_whole(database: AsyncEngine, database_url: str) -> None:
    headers = await signed_in(database)
    await add(database, Client, make.client(client_id=11))
    accounts = "clients(first: 3) { nodes { accounts(first: 2) { totalCount nodes { accountId } } } }"
    operation = {"query": f"{{ {accounts} refused: clients(first: -1) {{ totalCount }} }}"}

    async with desk(database_url, operation_seconds=0.3, pool_size=2) as client:
        async with database.connect() as holder, database.connect() as watcher:
            await holder.exec_driver_sql("lock table account in access exclusive mode")
            stopped = [await client.post("/graphql", json=operation, headers=headers) for _ in range(3)]
            await asyncio.sleep(0.2)
            assert await lock_waits(watcher) == 0
        answered = await client.post("/graphql", json={"query": f"{{ {accounts} }}"}, headers=headers)
        refused = await client.post("/graphql", json=operation, headers=headers)

    assert [answer.json()["errors"][0]["extensions"]["code"] for answer in stopped] == ["TIMEOUT"] * 3
    assert answered.json()["data"]["clients"]["nodes"] == [{"accounts": {"totalCount": 0, "nodes": []}}]
    assert [error["path"] for error in refused.json()["errors"]] == [["refused"]]
    assert refused.headers["x-execution"].startswith("graphql-core")


async def test_batches_of_dataloaders_end_with_the_last_who_waits_for_them(ask: Ask, database: AsyncEngine) -> None:
    await add(database, Client, make.client(client_id=11))
    query = "{ clients(first: 3) { nodes { accounts(first: 2) { totalCount nodes { accountId } } } } }"

    async with database.connect() as holder, database.connect() as watcher:
        await watcher.execution_options(isolation_level="AUTOCOMMIT")
        await holder.exec_driver_sql("lock table account in access exclusive mode")
        asking = asyncio.create_task(ask.result(query))
        await wait_for_lock_waits(watcher, 1)
        asking.cancel()
        await asyncio.wait({asking})
        await wait_for_lock_waits(watcher, 0)

    assert asking.cancelled()
    assert (await ask(query))["clients"]["nodes"] == [{"accounts": {"totalCount": 0, "nodes": []}}]


async def wait_for_lock_waits(watcher: AsyncConnection, number: int) -> None:
    for _ in range(100):
        if await lock_waits(watcher) == number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{await lock_waits(watcher)} statements wait for a lock, not {number}.")


async def lock_waits(watcher: AsyncConnection) -> int:
    """How many statements of this database wait for a lock."""
    found = await watcher.exec_driver_sql(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return int(found.scalar_one())


async def test_staff_see_which_execution_answered(database_url: str, database: AsyncEngine) -> None:
    headers = await signed_in(database)
    queries = [
        "{ clients { totalCount nodes { accounts { totalCount nodes { name } } } } }",
        "{ viewer { user { email } } }",
        "{ clients(first: -1) { totalCount } }",
    ]

    async with desk(database_url) as client:
        ways = [(await client.post("/graphql", json={"query": query}, headers=headers)).headers.get("x-execution") for query in queries]
        stranger = await client.post("/graphql", json={"query": "{ viewer { scope } }"})
        stream = await client.post("/graphql", json={"query": queries[1]}, headers=headers | {"accept": "text/event-stream"})

    assert ways == ["compiled; statements=1", "compiled; statements=1", "graphql-core; statements=0"]
    assert stream.headers["x-execution"] == "compiled; statements=1"
    assert "x-execution" not in stranger.headers
