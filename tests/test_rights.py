"""Rights of the moment: sockets and streams end with the session or the permission that they stay by, and with nothing else."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Collection, Mapping

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from graph.http import leftovers, rights
from graph.http.rights import Rights
from graph.http.visits import Visit
from models import sessions
from models.access import ADMINISTRATOR, SYSTEM, Viewer
from models.errors import Forbidden, Unauthenticated
from tests.desk import signed_in
from tests.following import EVENTS, PARTS, Application, application, received, told
from tests.garbage import garbage_left
from tests.importing import Importing
from tests.standin import StandInContext, eventually

RUNS = "subscription { importRuns { importRunId job { user { email } } } }"
WITHIN = 5.0
ENDS = {
    "the session is deleted": "delete from user_session",
    "the session expires": "update user_session set expires_at = now() + interval '1 second'",
    "the user is deactivated": 'update "user" set active = false',
}
# So that nothing is told of it, as when notifications are lost.
UNHEARD = ["alter table user_session disable trigger user", 'alter table "user" disable trigger user']


LAST = {EVENTS: "event: complete\ndata: \n", PARTS: "--graphql--"}


@pytest.fixture
async def run(importing: Importing) -> int:
    return await importing.queue("email\nann@example.com\n")


@pytest.fixture
async def served(database_url: str, run: int) -> AsyncIterator[Application]:
    async with application(database_url) as found:
        yield found


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(rights, "AGAIN_SECONDS", 0.1)


async def end(opened: ClientConnection) -> tuple[int, str]:
    """The code and the reason with which the server closes within the time; events that come before are taken."""
    async with asyncio.timeout(WITHIN):
        try:
            while True:
                await opened.recv()
        except ConnectionClosed:
            close = opened.protocol.close_rcvd
            assert close is not None, "the connection was cut"
            return close.code, close.reason


@pytest.mark.parametrize("statement", ENDS.values(), ids=ENDS)
async def test_a_socket_ends_with_its_session(served: Application, database: AsyncEngine, statement: str) -> None:
    headers = await signed_in(database)
    for each in UNHEARD:
        await told(database, each)
    async with served.socket(headers, RUNS) as opened:
        assert (await received(opened))["type"] == "next"
        await told(database, statement)

        assert await end(opened) == (4403, "Your session has ended; sign in again.")


@pytest.mark.parametrize("statement", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("accept", LAST)
async def test_a_stream_ends_with_its_session(quick: None, served: Application, database: AsyncEngine, statement: str, accept: str) -> None:
    headers = await signed_in(database)
    lines = served.lines(headers, RUNS, accept)
    while "importRunId" not in await anext(lines):
        pass
    await told(database, statement)
    async with asyncio.timeout(WITHIN):
        rest = "\n".join([line async for line in lines])

    assert '"message":"Your session has ended; sign in again.","extensions":{"code":"UNAUTHENTICATED"}' in rest
    assert rest.endswith(LAST[accept])


async def test_no_event_comes_after_the_end_of_a_session(served: Application, database: AsyncEngine, run: int) -> None:
    headers = await signed_in(database)
    async with served.socket(headers, RUNS) as opened:
        await received(opened)
        await told(database, "delete from user_session")
        await asyncio.sleep(0.1)
        await told(database, f"select pg_notify('import_run', '{run}')")

        with pytest.raises(ConnectionClosed):
            await received(opened)
    assert opened.protocol.close_rcvd is not None
    assert opened.protocol.close_rcvd.code == 4403


@pytest.mark.parametrize("accept", [None, EVENTS])
async def test_who_loses_the_permission_may_not_stay(
    quick: None, served: Application, database: AsyncEngine, monkeypatch: pytest.MonkeyPatch, accept: str | None
) -> None:
    headers = await signed_in(database)
    words = "The permission imports.read is missing; an administrator can give it to one of your groups."

    def lose() -> None:
        monkeypatch.setattr(sessions, "acting_as", lambda user_id: Viewer(user_id, ADMINISTRATOR - {"imports.read"}))

    if accept is None:
        async with served.socket(headers, RUNS) as opened:
            await received(opened)
            lose()
            assert await end(opened) == (4403, words)
    else:
        lines = served.lines(headers, RUNS, accept)
        while "importRunId" not in await anext(lines):
            pass
        lose()
        async with asyncio.timeout(WITHIN):
            assert f'"message":"{words}","extensions":{{"code":"FORBIDDEN"}}' in "".join([line async for line in lines])


async def test_who_loses_another_permission_stays(
    quick: None, served: Application, database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await signed_in(database)
    async with served.socket(headers, "subscription { importRuns { importRunId } }") as opened:
        await received(opened)
        monkeypatch.setattr(sessions, "acting_as", lambda user_id: Viewer(user_id, ADMINISTRATOR - {"clients.read"}))
        await asyncio.sleep(3 * rights.CHECK_SECONDS)
        await told(database, "select pg_notify('import_run', '1')")

        assert (await received(opened))["payload"] == {"data": {"importRuns": {"importRunId": 1}}}


async def test_an_event_is_read_with_the_permissions_of_its_moment(
    quick: None, served: Application, database: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await signed_in(database)
    async with served.socket(headers, RUNS) as opened:
        assert "email" in str(await received(opened))
        monkeypatch.setattr(sessions, "acting_as", lambda user_id: Viewer(user_id, ADMINISTRATOR - {"users.read"}))
        await asyncio.sleep(3 * rights.CHECK_SECONDS)
        await told(database, "select pg_notify('import_run', '1')")

        message = await received(opened)
    assert "broker.example" not in str(message)
    assert message["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_socket_that_nobody_signed_in_on_stays(quick: None, served: Application, database: AsyncEngine) -> None:
    async with served.socket({}, "{ viewer { permissions } }") as opened:
        assert (await received(opened))["payload"] == {"data": {"viewer": None}}
        await told(database, "delete from user_session")
        await asyncio.sleep(3 * rights.CHECK_SECONDS)
        await opened.send('{"type": "ping"}')

        assert (await received(opened))["type"] == "complete"
        assert (await received(opened))["type"] == "pong"


# What they leave


async def test_what_followers_leave_is_collected_by_the_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "LATER", 0)
    sessions = Sessions()
    everybody = Rights(sessions.context_of, sessions.viewers_of)
    with garbage_left() as left:
        there = weakref.ref(Cyclic())
        assert there() is not None
        for _ in range(leftovers.MOST):
            with everybody.follower(visit(None)):
                pass
        await asyncio.sleep(0.01)

        assert there() is None
    assert left == []


async def test_collections_keep_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "LATER", 0)
    monkeypatch.setattr(leftovers, "SHARE", 1_000_000)
    everything = leftovers.Leftovers()
    with garbage_left():
        for _ in range(leftovers.MOST):
            everything.add()
        await asyncio.sleep(0.01)
        there = weakref.ref(Cyclic())
        for _ in range(2 * leftovers.MOST):
            everything.add()
        await asyncio.sleep(0.01)

        assert there() is not None


class Cyclic:
    """Something that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


# The looking


class Sessions:
    """What is known of sessions; `away` is raised instead."""

    def __init__(self) -> None:
        self.viewers: dict[str, Viewer] = {"ann": SYSTEM, "bo": SYSTEM}
        self.away: Exception | None = None
        self.looks: list[list[str]] = []

    async def viewers_of(self, tokens: Collection[str]) -> Mapping[str, Viewer]:
        self.looks.append(sorted(tokens))
        if self.away is not None:
            raise self.away
        return self.viewers

    async def context_of(self, visit: Visit) -> StandInContext:
        if self.away is not None:
            raise self.away
        raise Unauthenticated("The token is unknown or expired; sign in again.")


def visit(token: str | None) -> Visit:
    return Visit("request", token)


async def test_one_look_up_is_made_for_all_who_follow_and_none_for_nobody(quick: None) -> None:
    sessions = Sessions()
    everybody = Rights(sessions.context_of, sessions.viewers_of)

    with (
        everybody.follower(visit("ann")),
        everybody.follower(visit("ann")),
        everybody.follower(visit("bo")),
        everybody.follower(visit(None)),
    ):
        await eventually(lambda: len(sessions.looks) > 2)
    assert sessions.looks[0] == ["ann", "bo"]

    sessions.looks.clear()
    await asyncio.sleep(3 * rights.CHECK_SECONDS)
    assert sessions.looks == []


async def test_only_those_whose_session_has_ended_have_to_go(quick: None) -> None:
    sessions = Sessions()
    everybody = Rights(sessions.context_of, sessions.viewers_of)

    with everybody.follower(visit("ann")) as ann, everybody.follower(visit("bo")) as bo:
        del sessions.viewers["ann"]
        assert isinstance(await ann.ended, Unauthenticated)
        assert not bo.ended.done()


async def test_a_permission_counts_while_something_needs_it(quick: None) -> None:
    sessions = Sessions()
    everybody = Rights(sessions.context_of, sessions.viewers_of)

    with everybody.follower(visit("ann")) as ann:
        with ann.requiring("imports.read"), ann.requiring("imports.read"):
            pass
        sessions.viewers["ann"] = Viewer(1, frozenset())
        await eventually(lambda: len(sessions.looks) > 3)
        assert not ann.ended.done()
        with ann.requiring("imports.read"):
            assert isinstance(await ann.ended, Forbidden)


@pytest.mark.parametrize("away", [OSError("The database is away."), TimeoutError()])
async def test_nobody_has_to_go_because_the_database_is_away(quick: None, caplog: pytest.LogCaptureFixture, away: Exception) -> None:
    sessions = Sessions()
    everybody = Rights(sessions.context_of, sessions.viewers_of)
    sessions.away = away

    with everybody.follower(visit("ann")) as ann:
        context = asyncio.create_task(ann.context())
        await eventually(lambda: len(sessions.looks) > 5)
        assert not ann.ended.done()
        assert not context.done()

        sessions.away = None
        del sessions.viewers["ann"]
        assert isinstance(await ann.ended, Unauthenticated)
        with pytest.raises(Unauthenticated):
            await context
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1
