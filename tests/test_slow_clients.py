"""Clients that are slow, greedy or silent, on raw sockets: each is told, and none is held on to."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graph.http.protocol import MOST_FRAMES, ConnectionLimits
from tests.standin import Served, StandIn, eventually

LIMITS = ConnectionLimits(
    head_seconds=0.3, body_seconds=0.3, upload_rate=10_000, upload_window=0.3, write_seconds=0.5, connections=9, per_address=6
)
HEAD = b"POST /graphql HTTP/1.1\r\nHost: desk\r\n"
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\nAuthorization: Bearer good\r\n"
BODY = b'{"query": "{ hello }"}'
LONG = b'{"query": "{ long(length: 20000000) }"}'
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
WHOLE = HEAD + JSON + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
async def served(standin: StandIn) -> AsyncIterator[Served]:
    async with standin.served(LIMITS) as served:
        yield served


class Raw:
    """A client that sends what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def drip(self, content: bytes, *, pause: float = 0.05) -> None:
        """Sends byte by byte, until all is sent or the server has had enough."""
        try:
            for number in range(len(content)):
                await self.send(content[number : number + 1])
                await asyncio.sleep(pause)
        except ConnectionError:
            pass

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(5):
            return await self.reader.read(-1)

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """The next answer, of which the connection may have more."""
        async with asyncio.timeout(5):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status, *lines = head.rstrip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status.split()[1]), headers, json.loads(body) if body else None

    async def refusal(self) -> tuple[int, str, str]:
        """The status, the code and the message of an answer after which the server closes."""
        status, headers, content = await self.answer()
        assert headers["connection"] == "close"
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"
        assert await self.rest() == b""
        (error,) = content["errors"]
        return status, error["extensions"]["code"], error["message"]


@asynccontextmanager
async def raw(served: Served) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


def frame(message: bytes) -> bytes:
    """A message of less than 126 bytes as a client's frame, masked by zeros."""
    return bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message


async def is_alive(served: Served) -> bool:
    async with httpx.AsyncClient() as client:
        answer = await client.post(served.http, json={"query": "{ hello }"})
    return bool(answer.json() == {"data": {"hello": "world"}})


# Heads


@pytest.mark.parametrize("beginning", [b"PO", HEAD, HEAD + b"X-Name: va"])
async def test_a_head_that_does_not_come_to_its_end_is_refused(served: Served, beginning: bytes) -> None:
    async with raw(served) as client:
        await client.send(beginning)

        assert await client.refusal() == (408, "TIMEOUT", "The headers did not come within 0.3 seconds.")


async def test_a_head_that_comes_byte_by_byte_is_refused(served: Served) -> None:
    async with raw(served) as client:
        dripping = asyncio.create_task(client.drip(HEAD))

        assert (await client.refusal())[:2] == (408, "TIMEOUT")
        await dripping


@pytest.mark.parametrize("nothing", [b"", b"\r\n"])
async def test_a_connection_on_which_nothing_is_asked_is_closed(served: Served, nothing: bytes) -> None:
    async with raw(served) as client:
        await client.send(nothing)

        assert await client.rest() == b""


async def test_the_second_head_of_a_connection_has_its_time_too(served: Served) -> None:
    async with raw(served) as client:
        await client.send(WHOLE)
        assert (await client.answer())[0] == 200
        await asyncio.sleep(0.5)  # longer than a head may take: the connection is idle
        await client.send(WHOLE)
        assert (await client.answer())[0] == 200
        await client.send(HEAD)
        await asyncio.sleep(0.1)
        await client.send(b"X-Name: ")

        assert (await client.refusal())[:2] == (408, "TIMEOUT")


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"X-%d: 1\r\n" % number for number in range(100)) + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 900) for number in range(40)) + b"\r\n",
        b"X-Name: " + b"a" * 40_000 + b"\r\n\r\n",
        b"X-Name: " + b"a" * 40_000,
    ],
)
async def test_many_or_large_headers_are_refused(served: Served, headers: bytes) -> None:
    async with raw(served) as client:
        await client.send(HEAD + headers)

        assert await client.refusal() == (431, "BAD_USER_INPUT", "The headers are more than 100 or larger than 32,768 bytes.")
    assert await is_alive(served)


async def test_a_header_without_end_is_cut_off(served: Served) -> None:
    async def without_end(client: Raw) -> None:
        while True:
            await client.send(b"a" * 65_536)
            await asyncio.sleep(0.01)

    async with raw(served) as client:
        await client.send(HEAD + b"X-Name: ")

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(without_end(client), 5)
    assert await is_alive(served)


async def test_headers_as_large_as_they_may_be_are_taken(served: Served) -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 300) for number in range(90))
    async with raw(served) as client:
        await client.send(HEAD + headers + JSON + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)

        assert (await client.answer())[0] == 200


@pytest.mark.parametrize(
    "head",
    [
        HEAD + JSON + b"Content-Length: 22\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD + JSON + b"Transfer-Encoding: chunked\r\nContent-Length: 22\r\n\r\n",
        HEAD + JSON + b"Content-Length: 22\r\nContent-Length: 22\r\n\r\n",
        HEAD + JSON + b"Content-Length: 22, 22\r\n\r\n",
        HEAD + JSON + b"Transfer-Encoding : chunked\r\n\r\n",
        HEAD + JSON + b"Content-Length: 99999999999999999999\r\n\r\n",
        b"GET /graphql HTTP/1.1\nHost: desk\n\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_heads_that_two_servers_could_read_differently_are_refused(served: Served, head: bytes) -> None:
    async with raw(served) as client:
        await client.send(head + BODY)

        assert await client.refusal() == (400, "BAD_USER_INPUT", "This is not a request as HTTP/1.1 has them.")


# Bodies


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 22\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"Content-Length: 22\r\n\r\n"]
)
async def test_a_body_that_does_not_come_to_its_end_is_refused(served: Served, sent: bytes) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + sent)

        assert await client.refusal() == (408, "TIMEOUT", "The body did not come within 0.3 seconds.")
    await eventually(lambda: not served.server.server_state.tasks)


async def test_a_body_that_comes_byte_by_byte_is_refused(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Content-Length: 22\r\n\r\n")
        dripping = asyncio.create_task(client.drip(BODY))

        assert (await client.refusal())[:2] == (408, "TIMEOUT")
        await dripping


async def test_what_comes_behind_an_answer_has_its_time_too(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + b"Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n")
        assert (await client.answer())[0] == 415
        dripping = asyncio.create_task(client.drip(b"a" * 1000))

        assert await client.rest() == b""
        await dripping


@pytest.mark.parametrize("chunk", [b"ffffffffffffffffff\r\n", b"nonsense\r\n", b"-1\r\n"])
async def test_chunks_of_absurd_sizes_are_refused(served: Served, chunk: bytes) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)

        assert (await client.refusal())[:2] == (400, "BAD_USER_INPUT")
    await eventually(lambda: not served.server.server_state.tasks)


@pytest.mark.parametrize("beginning", [b"1;", b"0\r\nX-Trailer: "])
async def test_what_stands_beside_chunks_may_not_go_on_for_ever(served: Served, beginning: bytes) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + beginning)
        await asyncio.sleep(0.05)
        await client.send(b"a" * 40_000)

        assert (await client.refusal())[0] == 431


async def test_a_slow_upload_is_refused_and_one_that_is_fast_enough_is_taken(served: Served, standin: StandIn) -> None:
    form = (
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        b'{"query": "mutation ($file: Upload!) { upload(file: $file) { size } }", "variables": {"file": null}}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0": ["variables.file"]}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="0"; filename="a.csv"\r\n\r\n'
    )
    end = b"\r\n--x--\r\n"
    async with raw(served) as fast, raw(served) as slow:
        for client in (fast, slow):
            await client.send(HEAD + FORM + b"Content-Length: %d\r\n\r\n" % (len(form) + 20_000 + len(end)) + form)
        for _ in range(10):
            await fast.send(b"a" * 2000)
            await slow.send(b"a" * 10)
            await asyncio.sleep(0.1)
        await fast.send(end)

        assert (await fast.answer())[2] == {"data": {"upload": {"size": 20_000}}}
        assert await slow.refusal() == (408, "TIMEOUT", "The upload is slower than 10,000 bytes a second.")
    assert len(standin.journal.uploads) == 1


# What must go on working


async def test_pipelined_requests_are_answered_in_their_order(served: Served) -> None:
    slow = b'{"query": "{ slow(seconds: 0.6) }"}'
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Content-Length: %d\r\n\r\n" % len(slow) + slow + WHOLE + WHOLE + HEAD)

        assert [(await client.answer())[2]["data"] for _ in range(3)] == [{"slow": "done"}, {"hello": "world"}, {"hello": "world"}]


async def test_what_was_asked_before_is_answered_when_what_follows_is_refused(served: Served) -> None:
    slow = b'{"query": "{ slow(seconds: 0.6) }"}'
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Content-Length: %d\r\n\r\n" % len(slow) + slow + HEAD + b"X-Name: " + b"a" * 40_000)
        await asyncio.sleep(0.05)
        await client.send(b"a" * 40_000)

        assert (await client.answer())[2] == {"data": {"slow": "done"}}
        assert await client.rest() == b""


async def test_a_body_in_chunks_is_taken(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Transfer-Encoding: chunked\r\n\r\n")
        for byte in BODY:
            await client.send(b"1;note=a\r\n%c\r\n" % byte)
        await client.send(b"0\r\nX-Trailer: 1\r\n\r\n")

        assert (await client.answer())[2] == {"data": {"hello": "world"}}


async def test_a_client_that_waits_for_the_word_to_go_on_gets_it(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(BODY)

        assert (await client.answer())[2] == {"data": {"hello": "world"}}


# Connections


async def test_connections_of_one_address_are_bounded(served: Served) -> None:
    held = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(6)]
    async with raw(served) as seventh:
        assert await seventh.refusal() == (503, "RATE_LIMITED", "127.0.0.1 has 6 connections open, the most it may; close some first.")
    for _, writer in held:
        writer.close()

    await eventually(lambda: not served.server.server_state.connections)
    assert await is_alive(served)


async def test_connections_are_bounded_in_total_and_sockets_count(standin: StandIn) -> None:
    limits = ConnectionLimits(connections=3, per_address=0)
    async with standin.served(limits) as served, connect(served.ws, subprotocols=[Subprotocol("graphql-transport-ws")]):
        held = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(2)]
        async with raw(served) as fourth:
            assert await fourth.refusal() == (503, "UNAVAILABLE", "The server has as many connections as it takes; try again later.")
        for _, writer in held:
            writer.close()


async def test_a_socket_gives_its_place_back(served: Served) -> None:
    for _ in range(8):
        async with connect(served.ws, subprotocols=[Subprotocol("graphql-transport-ws")]):
            pass

    await eventually(lambda: not served.server.server_state.connections)
    assert await is_alive(served)


# Clients that do not read


async def test_a_client_that_does_not_read_its_answer_is_cut_off(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG)
        await eventually(lambda: len(served.server.server_state.connections) == 1)

        await eventually(lambda: not served.server.server_state.connections)
        await eventually(lambda: not served.server.server_state.tasks)


async def test_a_client_that_reads_in_its_own_time_gets_all(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HEAD + JSON + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(LONG) + LONG)
        received = 0
        while piece := await client.reader.read(1_000_000):
            received += len(piece)
            await asyncio.sleep(0.01)

    assert received > 20_000_000


async def test_a_socket_whose_client_does_not_read_is_cut_off(served: Served) -> None:
    async with raw(served) as client:
        await client.send(HANDSHAKE + b"\r\n")
        await client.reader.readuntil(b"\r\n\r\n")
        await client.send(frame(b'{"type":"connection_init"}'))
        await client.send(frame(b'{"type":"subscribe","id":"1","payload":' + LONG + b"}"))
        await eventually(lambda: len(served.server.server_state.connections) == 1)

        await eventually(lambda: not served.server.server_state.connections)
        await eventually(lambda: not served.server.server_state.tasks)


# WebSockets


async def test_a_message_of_many_frames_is_refused(served: Served) -> None:
    async def frames() -> AsyncIterator[str]:
        for _ in range(MOST_FRAMES + 10):
            yield ""

    async with connect(served.ws, subprotocols=[Subprotocol("graphql-transport-ws")]) as client:
        with suppress(ConnectionClosed):
            await client.send(frames())
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1009, "a message has more than 1,000 frames")


async def test_a_long_line_in_a_handshake_is_refused_without_a_traceback(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    async with raw(served) as client:
        await client.send(HANDSHAKE + b"X-Name: " + b"a" * 9000 + b"\r\n\r\n")

        assert (await client.refusal())[0] == 431
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_handshake_and_frames_may_come_byte_by_byte(served: Served) -> None:
    async with raw(served) as client:
        await client.drip(HANDSHAKE + b"\r\n", pause=0)
        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        await client.drip(frame(b'{"type":"connection_init"}'), pause=0)

        assert await client.reader.readexactly(2) == bytes([0x81, len(b'{"type":"connection_ack"}')])
