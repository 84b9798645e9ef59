"""GraphQL over WebSockets, on a real socket: the protocol graphql-transport-ws, kept to whatever a client sends."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from graph.http import sockets
from tests.standin import TOKENS, Served, StandIn, eventually

TRANSPORT = Subprotocol("graphql-transport-ws")
LEGACY = Subprotocol("graphql-ws")
INIT = {"type": "connection_init"}
FOREVER = {"query": "subscription { forever }"}


@pytest.fixture
def standin() -> StandIn:
    return StandIn(allowed_origins=("https://desk.example.com",))


@pytest.fixture
async def served(standin: StandIn) -> AsyncIterator[Served]:
    async with standin.served() as served:
        yield served


class Socket:
    """A client that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.connection.recv())

    async def subscribe(self, number: str, query: str, **payload: object) -> None:
        await self.send({"type": "subscribe", "id": number, "payload": {"query": query, **payload}})

    async def results(self, number: str, query: str, **payload: object) -> list[Any]:
        """Everything that comes for one operation, until it ends."""
        await self.subscribe(number, query, **payload)
        messages: list[Any] = []
        while not messages or messages[-1]["type"] == "next":
            messages.append(await self.receive())
        assert {message["id"] for message in messages} == {number}
        return messages

    async def end(self) -> tuple[int, str]:
        """The code and the reason with which the server closes."""
        await asyncio.wait_for(self.connection.wait_closed(), 8)
        close = self.connection.protocol.close_rcvd
        assert close is not None, "the connection was cut"
        return close.code, close.reason


@asynccontextmanager
async def opened(served: Served, *protocols: Subprotocol, **headers: str) -> AsyncIterator[Socket]:
    async with connect(served.ws, subprotocols=protocols or (TRANSPORT,), additional_headers=headers, compression=None) as connection:
        yield Socket(connection)


@asynccontextmanager
async def acknowledged(served: Served, **payload: object) -> AsyncIterator[Socket]:
    async with opened(served) as socket:
        await socket.send({**INIT, "payload": payload})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket


async def assert_alive(socket: Socket) -> None:
    assert await socket.results("alive", "{ hello }") == [
        {"type": "next", "id": "alive", "payload": {"data": {"hello": "world"}}},
        {"type": "complete", "id": "alive"},
    ]


# Operations


async def test_a_subscription_comes_message_by_message(served: Served) -> None:
    async with acknowledged(served) as socket:
        assert await socket.results("1", "subscription ($to: Int!) { count(to: $to) }", variables={"to": 2}) == [
            {"type": "next", "id": "1", "payload": {"data": {"count": 1}}},
            {"type": "next", "id": "1", "payload": {"data": {"count": 2}}},
            {"type": "complete", "id": "1"},
        ]


async def test_each_operation_has_a_context_of_its_own(served: Served) -> None:
    async with acknowledged(served) as socket:
        first, second = [(await socket.results(number, "{ context }"))[0]["payload"]["data"]["context"] for number in "12"]

    assert second > first


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("{", "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ("", "BAD_USER_INPUT", "query"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED", "nothing"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT", "A, B"),
        ("query ($n: Int!) { double(of: $n) }", "BAD_USER_INPUT", "$n"),
        ("subscription { refused }", "CONFLICT", "The run has ended."),
        ("mutation ($f: Upload!) { upload(file: $f) { size } }", "BAD_USER_INPUT", "$f"),
    ],
)
async def test_what_cannot_be_executed_is_an_error_of_its_operation(served: Served, query: str, code: str, words: str) -> None:
    async with acknowledged(served) as socket:
        message = (await socket.results("1", query))[0]
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]

        assert [error["extensions"]["code"] for error in errors] == [code]
        assert words in errors[0]["message"]
        await assert_alive(socket)


async def test_an_operation_that_the_document_lacks_is_an_error_of_its_operation(served: Served) -> None:
    async with acknowledged(served) as socket:
        [message] = await socket.results("1", "query A { hello }", operationName="B")

        assert message["type"] == "error"
        assert message["payload"] == [{"message": 'Unknown operation named "B".', "extensions": {"code": "BAD_USER_INPUT"}}]
        await assert_alive(socket)


async def test_an_unforeseen_failure_is_masked_and_logged_once(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    async with acknowledged(served) as socket:
        messages = await socket.results("1", "subscription { breaking }")
        await assert_alive(socket)

    assert "hunter2" not in str(messages)
    assert messages[1]["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records if record.levelno >= logging.WARNING] == [
        "the password of the database is hunter2"
    ]


async def test_a_completed_operation_ends_and_its_id_is_free(served: Served, standin: StandIn) -> None:
    async with acknowledged(served) as socket:
        await socket.subscribe("1", **FOREVER)
        assert (await socket.receive())["type"] == "next"

        await socket.send({"type": "complete", "id": "1"})
        await socket.subscribe("1", **FOREVER)

        assert (await socket.receive()) == {"type": "next", "id": "1", "payload": {"data": {"forever": 1}}}
        assert standin.journal.subscriptions_ended == 1


async def test_operations_end_when_the_client_leaves(served: Served, standin: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    async with acknowledged(served) as socket:
        for number in "123":
            await socket.subscribe(number, **FOREVER)
            assert (await socket.receive())["type"] == "next"
        socket.connection.transport.abort()

    await eventually(lambda: standin.journal.subscriptions_ended == 3)
    assert standin.endpoint.sockets.open == set()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_operations_of_a_socket_are_bounded(served: Served) -> None:
    async with acknowledged(served) as socket:
        for number in range(sockets.MOST_OPERATIONS):
            await socket.subscribe(str(number), **FOREVER)
            await socket.receive()

        await socket.subscribe("one more", **FOREVER)
        message = await socket.receive()
        await socket.send({"type": "complete", "id": "7"})

        assert message["id"] == "one more"
        assert message["payload"][0]["extensions"] == {"code": "RATE_LIMITED"}
        await assert_alive(socket)


# Who asks


@pytest.mark.parametrize(
    ("payload", "user_id"),
    [
        ({}, None),
        ({"Authorization": "Bearer good"}, 7),
        ({"authorization": "Bearer good"}, 7),
        ({"X-Auth-Token": "good"}, 7),
        ({"Authorization": 5}, None),
    ],
)
async def test_the_token_comes_with_the_first_message(served: Served, payload: dict[str, object], user_id: int | None) -> None:
    async with acknowledged(served, **payload) as socket:
        assert (await socket.results("1", "{ userId }"))[0]["payload"] == {"data": {"userId": user_id}}


async def test_the_token_comes_with_the_handshake(served: Served) -> None:
    async with opened(served, Authorization="Bearer good") as socket:
        await socket.send({"type": "connection_init", "payload": None})
        await socket.receive()

        assert (await socket.results("1", "{ userId }"))[0]["payload"] == {"data": {"userId": 7}}


async def test_a_token_that_nobody_knows_closes_the_socket(served: Served) -> None:
    async with opened(served) as socket:
        await socket.send({**INIT, "payload": {"Authorization": "Bearer stale"}})

        assert await socket.end() == (4403, "Forbidden")


async def test_a_failure_outside_of_the_operations_closes_the_socket_and_is_logged_once(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(served, **{"X-Request-Id": "desk-47"}) as socket:
        await socket.send({**INIT, "payload": {"Authorization": "Bearer breaking"}})

        assert await socket.end() == (1011, "Something went wrong here; request desk-47.")
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == ["Request desk-47 failed."]


async def test_a_token_that_has_expired_since_is_an_error_of_the_operation(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async with acknowledged(served, Authorization="Bearer good") as socket:
        monkeypatch.delitem(TOKENS, "good")
        [message] = await socket.results("1", "{ userId }")

    assert message["type"] == "error"
    assert message["payload"] == [{"message": "The token is unknown or expired; sign in again.", "extensions": {"code": "UNAUTHENTICATED"}}]


@pytest.mark.parametrize("origin", ["https://desk.example.com", None])
async def test_allowed_origins_and_programs_may_connect(served: Served, origin: Origin | None) -> None:
    async with connect(served.ws, subprotocols=[TRANSPORT], origin=origin) as connection:
        assert connection.subprotocol == TRANSPORT


async def test_a_page_of_the_server_itself_may_connect(served: Served) -> None:
    async with connect(served.ws, subprotocols=[TRANSPORT], origin=Origin(f"http://127.0.0.1:{served.port}")) as connection:
        assert connection.subprotocol == TRANSPORT


@pytest.mark.parametrize("origin", ["https://evil.example.com", "http://desk.example.com", "null"])
async def test_other_origins_are_refused(served: Served, origin: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(served.ws, subprotocols=[TRANSPORT], origin=Origin(origin), additional_headers={"X-Request-Id": "desk-44"})

    response = refused.value.response
    assert response.status_code == 403
    assert response.headers["x-request-id"] == "desk-44"
    assert json.loads(response.body or b"")["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert response.headers["x-content-type-options"] == "nosniff"
    await eventually(lambda: not served.server.server_state.tasks)
    # One line names the origin to the operator; it is no failure of the server's.
    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == [logging.WARNING]


async def test_the_handshake_echoes_the_request_id(served: Served) -> None:
    async with connect(served.ws, subprotocols=[TRANSPORT], additional_headers={"X-Request-Id": "desk-45"}) as connection:
        assert connection.response is not None
        assert connection.response.headers["x-request-id"] == "desk-45"


# The protocol


async def test_the_modern_protocol_wins_whatever_the_order(served: Served) -> None:
    async with opened(served, LEGACY, TRANSPORT) as socket:
        assert socket.connection.subprotocol == TRANSPORT


async def test_the_legacy_protocol_alone_is_refused(served: Served) -> None:
    async with opened(served, LEGACY) as socket:
        assert await socket.end() == (4406, "Subprotocol not acceptable")


async def test_a_client_that_does_not_introduce_itself_is_closed(served: Served, standin: StandIn) -> None:
    assert standin.endpoint.sockets.connection_init_wait_timeout.total_seconds() == 5
    standin.endpoint.sockets.connection_init_wait_timeout /= 50
    async with opened(served) as socket:
        assert await socket.end() == (4408, "Connection initialisation timeout")


async def test_pings_are_answered_even_before_the_first_message(served: Served) -> None:
    async with opened(served) as socket:
        for ping in ({"type": "ping"}, {"type": "ping", "payload": None}, {"type": "ping", "payload": {"a": 1}}):
            await socket.send(ping)
            assert await socket.receive() == {"type": "pong"}


async def test_an_operation_before_the_first_message_closes_the_socket(served: Served) -> None:
    async with opened(served) as socket:
        await socket.subscribe("1", "{ hello }")

        assert await socket.end() == (4401, "Unauthorized")


async def test_a_second_first_message_closes_the_socket(served: Served) -> None:
    async with acknowledged(served) as socket:
        await socket.send(INIT)

        assert await socket.end() == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("number", ["1", "long " * 10_000, "ü" * 200])
async def test_an_id_that_is_taken_closes_the_socket(served: Served, number: str) -> None:
    async with acknowledged(served) as socket:
        await socket.subscribe(number, **FOREVER)
        await socket.receive()
        await socket.subscribe(number, "{ hello }")

        code, reason = await socket.end()
        assert code == 4409
        assert reason.startswith(f"Subscriber for {number[:1]}")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "must be valid JSON"),
        ("{", "must be valid JSON"),
        ("[" * 20_000, "must be valid JSON"),
        ('{"type": "subscribe", "id": "\\ud800"}', "must be valid JSON"),
        (b"{}", "must be text"),
        ("null", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ("5", "must be a JSON object"),
        ('"connection_init"', "must be a JSON object"),
        ("{}", "must have a type"),
        ('{"type": null}', "must have a type"),
        ('{"type": ["subscribe"]}', "must have a type"),
        ('{"type": "start", "id": "1"}', "Unknown message type: start"),
        ('{"type": "%s"}' % ("x" * 5000), "Unknown message type: xxx"),
        ('{"type": "subscribe"}', "must have an id"),
        ('{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}', "must have an id"),
        ('{"type": "subscribe", "id": [], "payload": {"query": "{ hello }"}}', "must have an id"),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}', "must have an id"),
        ('{"type": "subscribe", "id": "1"}', "must have a payload"),
        ('{"type": "subscribe", "id": "1", "payload": "{ hello }"}', "must have a payload"),
        ('{"type": "subscribe", "id": "1", "payload": {}}', "must have a query"),
        ('{"type": "subscribe", "id": "1", "payload": {"query": null}}', "must have a query"),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": [1]}}', "variables must be an object"),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}}', "extensions must be an object"),
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}', "operationName must be a string"),
        ('{"type": "complete"}', "must have an id"),
        ('{"type": "complete", "id": {}}', "must have an id"),
        ('{"type": "ping", "payload": 1}', "payload of ping must be an object"),
        ('{"type": "connection_init", "payload": []}', "payload of connection_init must be an object"),
    ],
)
async def test_a_malformed_message_closes_the_socket_with_a_reason(
    served: Served, caplog: pytest.LogCaptureFixture, message: str | bytes, reason: str
) -> None:
    async with acknowledged(served) as socket:
        await socket.subscribe("running", **FOREVER)
        await socket.receive()
        await socket.connection.send(message)

        code, told = await socket.end()

    assert code == 4400
    assert reason in told
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_message_over_the_limit_closes_the_socket(served: Served) -> None:
    async with acknowledged(served) as socket:
        await socket.subscribe("1", "#" * 300_000)

        assert (await socket.end())[0] == 1009


async def test_sockets_are_closed_with_a_reason_when_the_server_closes(standin: StandIn) -> None:
    async with standin.served() as served, acknowledged(served) as busy, opened(served) as idle:
        await busy.subscribe("1", **FOREVER)
        await busy.receive()

        served.server.should_exit = True

        assert await busy.end() == (1012, "server is restarting")
        assert await idle.end() == (1012, "server is restarting")
        await asyncio.wait_for(served.task, 5)
    assert standin.journal.subscriptions_ended == 1


# Whatever comes

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
types = st.sampled_from(["connection_init", "subscribe", "complete", "ping", "pong", "next"])
queries = st.sampled_from(["{ hello }", "subscription { count(to: 2) }", "subscription { forever }", "{", "mutation { touch }"])
payloads = values | st.fixed_dictionaries({"query": queries | values}, optional={"variables": values, "operationName": values})
messages = values | st.fixed_dictionaries({"type": types | values}, optional={"id": st.sampled_from("ab") | values, "payload": payloads})
frames = st.lists(st.binary(max_size=20) | st.text(max_size=20) | messages.map(json.dumps), min_size=1, max_size=8)


@given(sent=frames)
@example(sent=['{"type": "complete", "id": "a"}', '{"type": "subscribe", "id": "a", "payload": {"query": "{"}}', "null"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_message_makes_the_server_fail(served: Served, caplog: pytest.LogCaptureFixture, sent: list[str | bytes]) -> None:
    async with acknowledged(served) as socket:
        for frame in sent:
            await socket.connection.send(frame)
        await socket.connection.send("null")

        assert (await socket.end())[0] in (4400, 4401, 4409, 4429)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
