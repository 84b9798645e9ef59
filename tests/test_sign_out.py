"""How sessions end: by `logout`, whichever way the token comes, and by what is done to users, in every process."""

import asyncio
import json
import socket
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app import create_app
from graph.http.server import Server
from loaders import sessions
from loaders.sessions import SessionCache, signed_out, viewer_behind
from models.access import Viewer
from models.errors import Unauthenticated
from models.staff import UserSession
from settings import Settings
from tests.desk import desk, signed_in
from tests.standin import eventually

LOGOUT = "mutation { logout { userErrors { code } } }"
VIEWER = "{ viewer { user { email } } }"
DONE: dict[str, Any] = {"data": {"logout": {"userErrors": []}}}
ANN = {"data": {"viewer": {"user": {"email": "ann@example.com"}}}}


async def asked(client: httpx.AsyncClient, query: str, headers: Mapping[str, str]) -> Any:
    return (await client.post("/graphql", json={"query": query}, headers=headers)).json()


async def code_of(client: httpx.AsyncClient, query: str, headers: Mapping[str, str]) -> str:
    [error] = (await asked(client, query, headers))["errors"]
    return str(error["extensions"]["code"])


async def count(database: AsyncEngine) -> int:
    async with database.connect() as connection:
        return int((await connection.execute(text("select count(*) from user_session"))).scalar_one())


@pytest.mark.parametrize("own_header", [False, True])
async def test_a_token_stops_working_with_the_answer_to_logout(database: AsyncEngine, database_url: str, own_header: bool) -> None:
    ann, bo = await signed_in(database), await signed_in(database, "bo@example.com")
    token = ann["authorization"].removeprefix("Bearer ")
    headers = {"x-auth-token": token} if own_header else ann

    async with desk(database_url) as client:
        assert await asked(client, VIEWER, headers) == ANN  # believed from here on
        assert await asked(client, LOGOUT, headers) == DONE

        assert await code_of(client, VIEWER, ann) == "UNAUTHENTICATED"
        assert await code_of(client, LOGOUT, headers) == "UNAUTHENTICATED"
        assert "errors" not in await asked(client, VIEWER, bo)
    assert await count(database) == 1


async def test_a_socket_is_signed_out_by_the_token_of_its_first_message(database: AsyncEngine, database_url: str) -> None:
    headers = await signed_in(database)

    listener = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{listener.getsockname()[1]}/graphql"
    app = create_app(Settings(), database_url)
    server = Server(app, app.state.endpoint.close)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await eventually(lambda: server.started)
    async with connect(f"ws://{address}", subprotocols=[Subprotocol("graphql-transport-ws")]) as opened, httpx.AsyncClient() as client:
        await opened.send(json.dumps({"type": "connection_init", "payload": {"Authorization": headers["authorization"]}}))
        assert json.loads(await opened.recv())["type"] == "connection_ack"
        await opened.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": LOGOUT}}))
        assert json.loads(await opened.recv())["payload"] == DONE
        answer = (await client.post(f"http://{address}", json={"query": VIEWER}, headers=headers)).json()
    server.should_exit = True
    await asyncio.wait_for(serving, 10)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert await count(database) == 0


async def test_nobody_is_signed_out_without_a_sign_in(database_url: str) -> None:
    async with desk(database_url) as client:
        assert await code_of(client, LOGOUT, {}) == "UNAUTHENTICATED"


async def test_what_follows_a_logout_in_its_operation_is_nobodys(database: AsyncEngine, database_url: str) -> None:
    headers = await signed_in(database)

    async with desk(database_url) as client:
        answer = await asked(client, "mutation { logout { userErrors { code } } again: logout { userErrors { code } } }", headers)

    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(["again"], "UNAUTHENTICATED")]


async def test_a_session_opened_in_an_operation_can_be_ended_in_it(database: AsyncEngine, database_url: str) -> None:
    ann = await signed_in(database)
    login = """mutation { login(input: {email: "ann@example.com", password: "correct horse battery"}) { token }
        logout { userErrors { code } } }"""

    async with desk(database_url) as client:
        token = (await asked(client, login, {}))["data"]["login"]["token"]

        assert await code_of(client, VIEWER, {"authorization": f"Bearer {token}"}) == "UNAUTHENTICATED"
        assert await asked(client, VIEWER, ann) == ANN


ENDS = {
    "a logout in another process": "delete from user_session",
    "a user made inactive": 'update "user" set active = false',
    "a user who is gone": 'delete from "user"',
}


@pytest.mark.parametrize("statement", ENDS.values(), ids=ENDS)
async def test_another_process_hears_of_the_end_of_a_session(
    database: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.setattr(sessions, "BELIEVED", 60)
    headers = await signed_in(database)

    async with desk(database_url) as client:
        assert await asked(client, VIEWER, headers) == ANN
        async with database.begin() as connection:
            await connection.execute(text(statement))

        for _ in range(100):
            if "errors" in (answer := await asked(client, VIEWER, headers)):
                break
            await asyncio.sleep(0.02)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


async def test_a_change_of_a_user_that_ends_nothing_is_not_told(database: AsyncEngine, database_url: str) -> None:
    headers = await signed_in(database)

    async with desk(database_url) as client:
        assert await asked(client, VIEWER, headers) == ANN
        async with database.begin() as connection:
            await connection.execute(text("""update "user" set phone = '+4930123456', active = true"""))
            # Unheard of, and so still believed when the cache is asked at once.
            await connection.execute(text("alter table user_session disable trigger announce_session"))
            await connection.execute(delete(UserSession))
        await asyncio.sleep(0.1)

        assert await asked(client, VIEWER, headers) == ANN


async def test_a_look_up_that_a_logout_overtakes_is_not_believed(database: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    token = (await signed_in(database))["authorization"].removeprefix("Bearer ")
    looked_up, ended = asyncio.Event(), asyncio.Event()

    async def slow(engine: AsyncEngine, token: str) -> Viewer:
        viewer = await viewer_behind(engine, token)
        looked_up.set()
        await ended.wait()
        return viewer

    cache = SessionCache()
    monkeypatch.setattr(sessions, "viewer_behind", slow)
    overtaken = asyncio.create_task(cache.viewer_of(database, token))
    await looked_up.wait()
    await signed_out(database, token)
    cache.forget(token)
    ended.set()
    await overtaken

    with pytest.raises(Unauthenticated):
        await cache.viewer_of(database, token)


async def test_the_cache_lets_the_oldest_go_when_it_is_full(database: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "KNOWN", 2)
    tokens = [(await signed_in(database, f"{name}@example.com"))["authorization"].removeprefix("Bearer ") for name in ("a", "b", "c")]
    cache = SessionCache()

    viewers = [await cache.viewer_of(database, token) for token in tokens]

    async with database.begin() as connection:
        await connection.execute(delete(UserSession))
    with pytest.raises(Unauthenticated):
        await cache.viewer_of(database, tokens[0])
    assert [await cache.viewer_of(database, token) for token in tokens[1:]] == viewers[1:]
